"""What the templates of the dashboard are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.jobs.states import ERRORS
from app.monitoring.recent_jobs import STATUSES, JobFilter
from web.pages.shared.sparkline import Sparkline
from web.pages.shared.view import JobView

Mood = Literal["nobody", "away", "busy", "normal", "quiet"]
"""No worker runs, no worker reaches the model, jobs wait too long, jobs go normally, or there are none."""


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane of the school. `oldest_seconds` is None when no job may start."""

    name: str
    queue: str
    queued: int
    processing: int
    retrying: int
    paused_jobs: int
    paused: bool
    oldest_seconds: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the queue of the school is doing, for a reader who wants one word.

    `oldest_seconds`: how long the first job in the queue has waited. `paused` are the names of the paused
    lanes, with `paused_jobs` jobs in them.
    """

    mood: Mood
    waiting: int
    oldest_seconds: int | None
    slowest_seconds: int | None
    paused: tuple[str, ...] = ()
    paused_jobs: int = 0

    @property
    def announcement(self) -> str:
        """Changes when a screen reader should announce the verdict; see JobView.announcement."""
        return f"{self.mood}/{'+'.join(self.paused)}"


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker process. `job_id` is the longest running of its jobs that belongs to the school."""

    name: str
    lanes: tuple[str, ...]
    running: int
    job_id: str | None
    model_reachable: bool
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Trend:
    """The last hour, by minute.

    `per_minute` is the mean of the last five minutes, `wait_seconds` the last known median.
    """

    completed: Sparkline
    waits: Sparkline
    total: int
    per_minute: float
    wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class Cause:
    """How many jobs failed in the last day for this cause."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The parts of the dashboard that change by themselves, without the list of jobs."""

    verdict: Verdict
    lanes: tuple[LaneView, ...]
    workers: tuple[WorkerView, ...]
    trend: Trend
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One job of the list."""

    job: JobView
    student: str
    title: str


@dataclass(frozen=True, slots=True)
class DashboardPage:
    """The dashboard with its list of jobs.

    `operator`: lanes, workers and numbers are shown, and lanes can be paused. `address` is that of this page,
    `stream` that of its event stream, `start` and `following` those of the first and the next page. `first`:
    this is the first page.
    """

    operator: bool
    dashboard: Dashboard
    jobs: Sequence[ListedJob]
    filter: JobFilter
    address: str
    stream: str
    start: str
    following: str | None = None
    first: bool = True
    statuses: Sequence[str] = tuple(STATUSES)
    causes: Sequence[str] = tuple(ERRORS)

    @property
    def filtered(self) -> bool:
        """Whether the list is limited to some jobs."""
        return self.filter != JobFilter()
