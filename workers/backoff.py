"""Growing pauses for whoever must try again: doubled up to a limit, with jitter, reset by a success."""

import random


class Backoff:
    """Seconds to wait before the next try; between half and the whole of the doubled pause."""

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._pause = first

    def next(self) -> float:
        """The pause to make now; the following one is twice as long."""
        pause, self._pause = self._pause, min(self._pause * 2, self._most)
        return pause * random.uniform(0.5, 1)

    def reset(self) -> None:
        """It worked: begin with the first pause again."""
        self._pause = self._first
