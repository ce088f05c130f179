"""What the templates are given: frozen values, one per thing that is drawn, and no queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.core.events import JobState
from app.jobs.states import retry_delay

Step = Literal["queued", "reading", "anonymising", "writing", "checking"]
STEPS: tuple[Step, ...] = ("queued", "reading", "anonymising", "writing", "checking")
"""The stages that a reader sees, in order; sorting belongs to writing."""

KINDS = ("note", "strength", "growth", "mixed", "tip")
"""The kinds of sentences in the order in which they are read."""

_STEP_OF_STAGE: Mapping[str | None, Step] = {
    "reading": "reading",
    "anonymising": "anonymising",
    "sorting": "writing",
    "writing": "writing",
    "checking": "checking",
}

Readiness = Literal["ready", "too_little", "up_to_date", "stale"]


@dataclass(frozen=True, slots=True)
class FormProblem:
    """Which field of a form is wrong, and a code of what is wrong with it."""

    field: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as every page and stream draws it. `eta_seconds` and `position` are None when unknown."""

    job_id: str
    evaluation_id: int
    student_id: int
    seq: int
    state: JobState
    position: int | None = None
    """1-based place in the queue."""
    eta_seconds: int | None = None

    @property
    def version(self) -> str:
        """Sorts as text: a later job of the same pupil, or a later state of the same job, is greater.

        Job ids end in a ULID, which sorts by time.
        """
        return version(self.job_id, self.seq)

    @property
    def status(self) -> str:
        """The job's state, by the names that database and API use; or for what a queued one waits."""
        if self.state.held:
            return "held"
        return "retrying" if self.state.status == "queued" and self.state.next_retry_at else self.state.status

    @property
    def live(self) -> bool:
        """Whether it can still change."""
        return self.state.status in {"queued", "processing"}

    @property
    def step(self) -> Step:
        """Which of STEPS it is at."""
        return (
            "queued" if self.state.status != "processing" else _STEP_OF_STAGE.get(self.state.stage, "reading")
        )

    @property
    def retry_minutes(self) -> int:
        """Within how many minutes of failing it is tried again."""
        return int(retry_delay(self.state.retry_count).total_seconds()) // 60

    @property
    def said(self) -> str:
        """Changes when a screen reader should hear of it: on a change of state and at each quarter."""
        return f"{self.job_id}/{self.status}/{self.state.progress // 25}"


def version(job_id: str | None, seq: int) -> str:
    """See JobView.version. A summary that no job made is older than any job's."""
    return f"{(job_id or '').rsplit('-', 1)[-1]}.{seq:015d}"


@dataclass(frozen=True, slots=True)
class SentenceView:
    """One checked sentence; `sources` are the numbers of the comments it rests on (teachers only)."""

    index: int
    kind: str
    text: str
    sources: tuple[int, ...] = ()

    @property
    def shown(self) -> str:
        """The text under its heading: a tip's own label would say "Tip" twice."""
        label, _, rest = self.text.partition(": ")
        if self.kind == "tip" and label.casefold() == "tip" and rest:
            return rest[0].upper() + rest[1:]
        return self.text


@dataclass(frozen=True, slots=True)
class SummaryView:
    """A summary, stored or in the making."""

    version: str
    method: str | None
    """None while it is being written."""
    sentences: tuple[SentenceView, ...]
    comments_used: int = 0
    comments_total: int = 0
    provisional: bool = False
    stale: bool = False
    edited: bool = False
    made_at: datetime | None = None

    def of(self, kind: str) -> tuple[SentenceView, ...]:
        """The sentences of one kind, in reading order."""
        return tuple(sentence for sentence in self.sentences if sentence.kind == kind)


@dataclass(frozen=True, slots=True)
class EvaluationHead:
    """What a page's head says of an evaluation."""

    id: int
    title: str
    course: str = ""
    state: str = "open"
    release: str = "automatic"


StudentPhase = Literal["start", "working", "shown", "in_review", "failed", "cancelled", "no_feedback"]


@dataclass(frozen=True, slots=True)
class StudentPage:
    """A pupil's own page. `phase` says which of its faces is drawn."""

    evaluation: EvaluationHead
    student_id: int
    phase: StudentPhase
    job: JobView | None = None
    summary: SummaryView | None = None
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class SummaryBrief:
    """What a class list says of a stored summary."""

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
    """One pupil of the class list."""

    student_id: int
    name: str
    team: str
    feedback_count: int
    reviewer_count: int
    readiness: Readiness
    job: JobView | None = None
    summary: SummaryBrief | None = None


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How far a class is. `total` leaves out who has too little feedback and was never queued."""

    total: int
    ready: int
    processing: int
    queued: int
    attention: int
    """Failed, flagged or disputed."""
    eta_seconds: int | None = None

    @property
    def percent(self) -> int:
        """Whole percents; 100 only when all are ready."""
        return self.ready * 100 // self.total if self.total else 0

    @property
    def live(self) -> bool:
        """Whether anything is on its way."""
        return self.processing + self.queued > 0

    @property
    def said(self) -> str:
        """See JobView.said."""
        return f"{self.live}/{self.percent // 25}/{self.attention}"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What would happen on a start for all, and how long it would take."""

    ready: int
    stale: int
    up_to_date: int
    too_little: int
    eta_seconds: int | None = None

    @property
    def to_do(self) -> int:
        """How many a start for all would queue."""
        return self.ready + self.stale


@dataclass(frozen=True, slots=True)
class RowFilter:
    """What the class list shows; kept in the address."""

    q: str = ""
    show: str = ""
    page: int = 1

    @property
    def active(self) -> bool:
        """Whether it may hide anyone."""
        return bool(self.q or self.show)


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A teacher's page of an evaluation."""

    evaluation: EvaluationHead
    preflight: Preflight
    counts: BatchCounts
    rows: tuple[StudentRow, ...]
    filter: RowFilter
    address: str
    """Of this page with its search; `previous` and `following` of those beside it."""
    pages: int = 1
    previous: str | None = None
    following: str | None = None
    may_read: bool = True
    model_away: bool = False


@dataclass(frozen=True, slots=True)
class SourceView:
    """A comment as its teacher sees it. `author` only after the logged click."""

    number: int
    text: str
    criterion: str = ""
    kind: str = "peer"
    flag: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A pupil's summary beside its sources, for the teacher."""

    evaluation: EvaluationHead
    student_id: int
    name: str
    state: str | None
    """draft, approved, released; None without a summary."""
    job: JobView | None
    summary: SummaryView | None
    sources: tuple[SourceView, ...]
    refused: int = 0
    disputed_at: datetime | None = None
    revealed: bool = False


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One line of the evaluations list: `counts` for teachers, `phase` for pupils."""

    head: EvaluationHead
    created_at: datetime
    counts: BatchCounts | None = None
    phase: StudentPhase | None = None
