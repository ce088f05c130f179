"""One attempt while it runs in this process: how far it is, and what is still to be published of it."""

import asyncio
from typing import Any, Literal, Protocol

from app.core.events import Event, JobState, SentenceState
from app.jobs.events import job_state
from app.jobs.models import Job
from app.jobs.service import Lease
from app.jobs.sql.transitions import Renewal
from app.jobs.states import FIRST_STAGE

StopReason = Literal["cancelled", "lease_lost", "shutdown"]


class Shown(Protocol):
    """A checked sentence that viewers may see."""

    @property
    def index(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


class RunningAttempt:
    """Collects progress without waiting for anything; the lease keeper publishes and stores it.

    Progress never falls within an attempt, and every change takes the next `seq`.
    """

    def __init__(self, job: Job, lease: Lease, changed: asyncio.Event, now: float) -> None:
        """`changed` is set at every change; `now` is in seconds of the keeper's clock."""
        self.lease = lease
        self.renewed_at = now
        self.stopped: StopReason | None = None
        self.finishing = False
        self.unsaved = False
        self._job = job
        self._state = job_state(job)
        self._seq = job.seq
        self._stage = FIRST_STAGE
        self._progress = 0
        self._draft: list[dict[str, Any]] = []
        self._sentences: list[Event] = []
        self._moved = False
        self._changed = changed
        self._task: asyncio.Task[Any] | None = None

    def attach(self, task: asyncio.Task[Any]) -> None:
        """Name the task to cancel when this attempt must stop; a stop that came before is made now."""
        self._task = task
        if self.stopped is not None:
            task.cancel()

    def stop(self, reason: StopReason) -> None:
        """Cancel the attempt, which closes the model's stream. The first reason counts."""
        if self.stopped is None and not self.finishing:
            self.stopped = reason
            if self._task is not None:
                self._task.cancel()

    def stage(self, stage: str, progress: int) -> None:
        """Note what is being done and how far it is, 0 to 99. Only a job that has ended is at 100."""
        progress = max(self._progress, min(progress, 99))
        if (stage, progress) == (self._stage, self._progress):
            return
        self._stage, self._progress = stage, progress
        self._seq += 1
        self._moved = True
        self._changed.set()

    def sentence(self, sentence: Shown) -> None:
        """Show one checked sentence to viewers who may read along."""
        shown = SentenceState(index=sentence.index, kind=str(sentence.kind), text=sentence.text)
        self._draft.append({"index": shown.index, "kind": shown.kind, "text": shown.text})
        self._seq += 1
        self._sentences += self._events("sentence", sentence=shown)
        self.unsaved = True
        self._changed.set()

    def take_events(self) -> list[Event]:
        """What has not been published yet: every new sentence, and the latest progress once."""
        events, self._sentences = self._sentences, []
        if self._moved:
            self._moved = False
            events += self._events("job", job=self._job_state())
        return events

    def renewal(self) -> Renewal:
        """What to store with the lease's renewal."""
        return Renewal(
            self.lease.job_id, self.lease.token, self._seq, self._progress, self._stage, list(self._draft)
        )

    def renewed(self, now: float, stored: Renewal) -> None:
        """The lease was renewed at `now`, and `stored` is in the database."""
        self.renewed_at = now
        self.unsaved = len(stored.draft) < len(self._draft)

    def _job_state(self) -> JobState:
        state = self._state
        return JobState(
            status=state.status,
            priority=state.priority,
            progress=self._progress,
            stage=self._stage,
            retry_count=state.retry_count,
            max_retries=state.max_retries,
            created_at=state.created_at,
            started_at=state.started_at,
        )

    def _events(
        self,
        name: Literal["job", "sentence"],
        *,
        job: JobState | None = None,
        sentence: SentenceState | None = None,
    ) -> list[Event]:
        """One event of a summary; a job of another task has no viewers, and so none."""
        student = self._job.student
        if student is None:
            return []
        event = Event(
            name=name,
            school_id=student.school_id,
            evaluation_id=student.evaluation_id,
            student_id=student.student_id,
            job_id=self._job.id,
            seq=self._seq,
            job=job,
            sentence=sentence,
        )
        return [event]
