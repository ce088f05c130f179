"""What the templates of evaluations are given: the list, and the page of one evaluation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from web.pages.shared.view import EvaluationHead, JobView, StudentPhase

Readiness = Literal["ready", "too_little", "up_to_date", "stale"]
"""What a start would do with a student."""


@dataclass(frozen=True, slots=True)
class SummaryBrief:
    """What a row says about the student's stored summary."""

    student_id: int
    version: str
    method: str
    state: str
    stale: bool = False
    provisional: bool = False
    refused: int = 0
    """Sentences that the checks refused."""
    flags: int = 0
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class StudentRow:
    """One student of the evaluation."""

    student_id: int
    name: str
    team: str
    feedback_count: int
    reviewer_count: int
    readiness: Readiness
    job: JobView | None = None
    summary: SummaryBrief | None = None


@dataclass(frozen=True, slots=True)
class EvaluationCounts:
    """How far the summaries of an evaluation are.

    `total` leaves out students with too little feedback who were never queued. `attention` counts what
    failed, is flagged or is disputed.
    """

    total: int
    ready: int
    processing: int
    queued: int
    attention: int
    eta_seconds: int | None = None

    @property
    def percent(self) -> int:
        """Whole percents; 100 only when all are ready."""
        return self.ready * 100 // self.total if self.total else 0

    @property
    def unfinished(self) -> bool:
        """Whether any job still waits or runs."""
        return self.processing + self.queued > 0

    @property
    def announcement(self) -> str:
        """Changes when a screen reader should announce the counts; see JobView.announcement."""
        return f"{self.unfinished}/{self.percent // 25}/{self.attention}"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a start for all would do, and how long it would take."""

    ready: int
    stale: int
    up_to_date: int
    too_little: int
    eta_seconds: int | None = None

    @property
    def to_do(self) -> int:
        """How many summaries a start for all would queue."""
        return self.ready + self.stale


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows the page shows; kept in its address. `q` is searched for in names and teams."""

    q: str = ""
    show: str = ""
    page: int = 1

    @property
    def active(self) -> bool:
        """Whether it may hide anyone."""
        return bool(self.q or self.show)


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """A teacher's page of an evaluation.

    `address` is the address of this page with its search; `previous` and `following` are those of the pages
    beside it. `may_read`: whether this reader may open the summaries.
    """

    evaluation: EvaluationHead
    preflight: Preflight
    counts: EvaluationCounts
    rows: tuple[StudentRow, ...]
    filter: RowFilter
    address: str
    pages: int = 1
    previous: str | None = None
    following: str | None = None
    may_read: bool = True
    model_away: bool = False


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One line of the list of evaluations: with `counts` for teachers, with `phase` for students."""

    head: EvaluationHead
    created_at: datetime
    counts: EvaluationCounts | None = None
    phase: StudentPhase | None = None
