"""How the queue is doing, for those who run it: health, numbers, metrics. It only reads."""
