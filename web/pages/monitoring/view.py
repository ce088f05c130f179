"""What the templates of the dashboard are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.jobs.states import ERRORS
from app.monitoring.recent_jobs import STATUSES, JobFilter
from web.pages.shared.sparkline import Spark
from web.pages.shared.view import JobView

Mood = Literal["nobody", "away", "busy", "normal", "quiet"]

BUSY_AFTER = 120
"""Seconds that the first in line has waited from which we no longer call it normal."""


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane of the school now. `oldest_seconds` is None when nothing may start."""

    name: str
    queue: str
    queued: int
    processing: int
    retrying: int
    held: int
    paused: bool
    oldest_seconds: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it goes at the school, for one who wants a word and no numbers."""

    mood: Mood
    waiting: int
    oldest_seconds: int | None
    slowest_seconds: int | None
    paused: tuple[str, ...] = ()
    """The lanes that are paused."""
    held: int = 0

    @property
    def announcement(self) -> str:
        """Changes when a screen reader should announce the verdict."""
        return f"{self.mood}/{'+'.join(self.paused)}"


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker process and what it does. `job_id`: the longest running of its jobs that is of the school."""

    name: str
    lanes: tuple[str, ...]
    running: int
    job_id: str | None
    model_reachable: bool
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Trend:
    """The last hour, by minute."""

    completed: Spark
    waits: Spark
    total: int
    per_minute: float
    """The mean of the last five minutes."""
    wait_seconds: float | None
    """The last known median."""


@dataclass(frozen=True, slots=True)
class Cause:
    """How many failed by it today, and the address of those."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Board:
    """Everything of the dashboard that changes by itself."""

    verdict: Verdict
    lanes: tuple[LaneView, ...]
    workers: tuple[WorkerView, ...]
    trend: Trend
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """One job of the list."""

    job: JobView
    student: str
    title: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The dashboard. `operator`: lanes, workers and numbers are shown, and lanes can be paused."""

    operator: bool
    board: Board
    lines: Sequence[LineView]
    filter: JobFilter
    address: str
    stream: str
    start: str
    following: str | None = None
    first: bool = True
    states: Sequence[str] = STATUSES
    causes: Sequence[str] = tuple(ERRORS)

    @property
    def filtered(self) -> bool:
        """Whether a choice was made."""
        return self.filter != JobFilter()
