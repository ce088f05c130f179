"""Growing pauses between tries: doubled up to a limit, with jitter, reset by a success."""

import random


class Backoff:
    """Seconds to wait before the next try: between half of the doubled pause and all of it."""

    def __init__(self, first: float, limit: float) -> None:
        """`first` and `limit` are the shortest and the longest doubled pause, in seconds."""
        self._first = first
        self._limit = limit
        self._pause = first

    def next(self) -> float:
        """The pause to make now; the following one is twice as long."""
        pause, self._pause = self._pause, min(self._pause * 2, self._limit)
        return pause * random.uniform(0.5, 1)

    def reset(self) -> None:
        """Begin with the first pause again, because a try has succeeded."""
        self._pause = self._first
