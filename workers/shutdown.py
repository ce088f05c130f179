"""The clock of a stop: one deadline that all its parts share, and how long each of them took."""

from typing import Literal, get_args

from app.core.clock import Monotonic, monotonic

END_WITHIN = 8.0
"""Seconds from the signal to end until the process does so by force. Whoever sent it waits for ten, and
Dramatiq's master takes up to one to notice."""

Part = Literal["signal", "hand_back", "threads", "close", "loop"]
"""In their order: Dramatiq's main thread notices the signal (it looks once a second); the jobs go back in
line; Dramatiq's threads end (they look once a second too); connections close; the event loop ends."""

PARTS: tuple[Part, ...] = get_args(Part)


class Stopping:
    """Begun by whoever hears first that the process must end. Times are seconds of `clock`."""

    def __init__(self, within: float = END_WITHIN, clock: Monotonic = monotonic) -> None:
        self.within = within
        self._clock = clock
        self._began: float | None = None
        self._noted = 0.0
        self.took: dict[Part, float] = {}
        """Each part that has ended, rounded for the log."""

    def begin(self) -> None:
        """Start the clock, unless it runs."""
        if self._began is None:
            self._began = self._noted = self._clock()

    @property
    def begun(self) -> bool:
        """Whether the process is to end."""
        return self._began is not None

    @property
    def seconds(self) -> float:
        """How long the stop has taken so far."""
        return 0.0 if self._began is None else self._clock() - self._began

    @property
    def overdue(self) -> bool:
        """Whether the process should have ended by now."""
        return self.begun and self.seconds > self.within

    @property
    def at(self) -> Part:
        """The part that has not ended yet."""
        return next((part for part in PARTS if part not in self.took), PARTS[-1])

    def allow(self, most: float, keep: float) -> float:
        """What a part may take: `most`, or what is left when `keep` is kept for those after it."""
        return max(0.0, min(most, self.within - keep - self.seconds))

    def ended(self, part: Part) -> None:
        """Note how long a part took, the time since the one before."""
        now = self._clock()
        self.took[part] = round(now - self._noted, 2)
        self._noted = now
