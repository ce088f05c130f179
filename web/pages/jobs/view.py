"""What the template of a job is given."""

from dataclasses import dataclass
from datetime import datetime

from web.pages.shared.view import JobView


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that has ended."""

    number: int
    outcome: str
    cause: str | None
    started_at: datetime | None
    ended_at: datetime
    worker: str | None = None

    @property
    def seconds(self) -> int | None:
        """How long the attempt took."""
        return None if self.started_at is None else round((self.ended_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class JobPage:
    """A job with its ended attempts. `student` is the student's name, for staff only."""

    job: JobView
    queue: str
    student: str | None
    evaluation_title: str
    attempts: tuple[Attempt, ...] = ()
