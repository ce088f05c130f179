"""What the templates of several nouns are given: frozen values, without any query."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.core.events import JobState
from app.jobs.events import status_of
from app.jobs.states import UNFINISHED, retry_delay

Step = Literal["queued", "reading", "judging", "writing", "checking"]
STEPS: tuple[Step, ...] = ("queued", "reading", "judging", "writing", "checking")
"""The steps that a reader sees, in order."""

_STEP_OF_STAGE: Mapping[str | None, Step] = {
    "reading": "reading",
    "judging": "judging",
    "writing": "writing",
    "checking": "checking",
}

StudentPhase = Literal["start", "working", "shown", "in_review", "failed", "cancelled", "no_feedback"]
"""What a student can do with an evaluation now: see `presenters.student_phase`."""


@dataclass(frozen=True, slots=True)
class FormProblem:
    """Which field of a form is wrong, and a code for what is wrong with it."""

    field: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationHead:
    """What the head of a page says about an evaluation."""

    id: int
    title: str
    course: str = ""
    state: str = "open"
    release: str = "automatic"


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as every page and stream shows it. `position` and `eta_seconds` are None when unknown."""

    job_id: str
    evaluation_id: int
    student_id: int
    seq: int
    state: JobState
    position: int | None = None
    """1-based position in the queue."""
    eta_seconds: int | None = None

    @property
    def version(self) -> str:
        """The version of this state of the job; see `version`."""
        return version(self.job_id, self.seq)

    @property
    def status(self) -> str:
        """The effective status: the job's state, or what a queued job waits for."""
        return status_of(self.state)

    @property
    def unfinished(self) -> bool:
        """Whether it can still change."""
        return self.state.status in UNFINISHED

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return STEPS

    @property
    def step(self) -> Step:
        """The step that the job is at."""
        return (
            "queued" if self.state.status != "processing" else _STEP_OF_STAGE.get(self.state.stage, "reading")
        )

    @property
    def retry_minutes(self) -> int:
        """A failed job is tried again within this many minutes."""
        return int(retry_delay(self.state.retry_count).total_seconds()) // 60

    @property
    def announcement(self) -> str:
        """Changes when a screen reader should announce the job: on each change of state and each quarter."""
        return f"{self.job_id}/{self.status}/{self.state.progress // 25}"


def version(job_id: str | None, seq: int) -> str:
    """A version of what a page shows, which browsers compare as text: the greater one is newer.

    A later job of the same student is greater (job ids end in a ULID, which sorts by time), and so is a
    later state of the same job. A summary that no job made (`job_id` is None) is older than any job's.
    """
    return f"{(job_id or '').rsplit('-', 1)[-1]}.{seq:015d}"
