"""How the queue is doing, for those who run it: health, numbers, metrics, and the levers they have on it."""
