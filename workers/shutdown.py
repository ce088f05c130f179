"""The clock of a stop: one deadline that all its parts share, and how long each of them took."""

from typing import Literal, get_args

from app.core.clock import Monotonic, monotonic

STOP_TIMEOUT_SECONDS = 8.0
"""After the signal the process ends by force when so much time has passed. Supervisors wait for ten seconds,
and Dramatiq's master takes up to one to notice."""

Part = Literal["signal", "hand_back", "threads", "close", "loop"]
"""In order: Dramatiq's main thread notices the signal (it checks once a second); the jobs go back in line;
Dramatiq's threads end (they check once a second too); connections close; the event loop ends."""

PARTS: tuple[Part, ...] = get_args(Part)


class StopClock:
    """Started by the first part that learns that the process must end. Times are seconds of `clock`."""

    def __init__(self, timeout: float = STOP_TIMEOUT_SECONDS, clock: Monotonic = monotonic) -> None:
        self.timeout = timeout
        self._clock = clock
        self._started_at: float | None = None
        self._last_end = 0.0
        self.took: dict[Part, float] = {}
        """Seconds of each part that has ended, rounded for the log."""

    def start(self) -> None:
        """Start the clock, unless it runs."""
        if self._started_at is None:
            self._started_at = self._last_end = self._clock()

    @property
    def started(self) -> bool:
        """Whether the process is to end."""
        return self._started_at is not None

    @property
    def seconds(self) -> float:
        """How long the stop has taken so far."""
        return 0.0 if self._started_at is None else self._clock() - self._started_at

    @property
    def overdue(self) -> bool:
        """Whether the process should have ended by now."""
        return self.started and self.seconds > self.timeout

    @property
    def current_part(self) -> Part:
        """The first part that has not ended."""
        return next((part for part in PARTS if part not in self.took), PARTS[-1])

    def allow(self, limit: float, reserve: float) -> float:
        """The seconds that a part may take: `limit`, or what is left if `reserve` is kept for later parts."""
        return max(0.0, min(limit, self.timeout - reserve - self.seconds))

    def end_part(self, part: Part) -> None:
        """Note how long a part took since the end of the one before."""
        now = self._clock()
        self.took[part] = round(now - self._last_end, 2)
        self._last_end = now
