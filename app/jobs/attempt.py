"""One attempt while it runs in this process: what it has got to, and what must still be told."""

import asyncio
from typing import Any, Literal, Protocol

from app.core.events import Event, JobState, SentenceState
from app.jobs.events import job_state
from app.jobs.models import Job
from app.jobs.service import Lease
from app.jobs.sql.transitions import Renewal

StopReason = Literal["cancelled", "lease_lost", "shutdown"]


class Told(Protocol):
    """A checked sentence, as the summaries module has it."""

    @property
    def index(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


class RunningJob:
    """Collects progress without waiting for anything; the keeper publishes and stores it.

    Progress never falls within an attempt, and every change takes the next `seq`.
    """

    def __init__(self, job: Job, lease: Lease, changed: asyncio.Event, now: float) -> None:
        self.lease = lease
        self.renewed_at = now
        self.stopped: StopReason | None = None
        self.finishing = False
        self.unsaved = False
        self._job = job
        self._state = job_state(job)
        self._seq = job.seq
        self._stage = "reading"
        self._progress = 0
        self._draft: list[dict[str, Any]] = []
        self._sentences: list[Event] = []
        self._moved = False
        self._changed = changed
        self._task: asyncio.Task[None] | None = None

    def attach(self, task: asyncio.Task[None]) -> None:
        """Name the task to cancel when this attempt must stop; one asked for earlier is done now."""
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
        """Say what is being done and how far it is, 0 to 99; 100 is said by the end of the job alone."""
        progress = max(self._progress, min(progress, 99))
        if (stage, progress) == (self._stage, self._progress):
            return
        self._stage, self._progress = stage, progress
        self._seq += 1
        self._moved = True
        self._changed.set()

    def sentence(self, sentence: Told) -> None:
        """Show one checked sentence."""
        shown = SentenceState(index=sentence.index, kind=str(sentence.kind), text=sentence.text)
        self._draft.append({"index": shown.index, "kind": shown.kind, "text": shown.text})
        self._seq += 1
        self._sentences.append(self._event("sentence", sentence=shown))
        self.unsaved = True
        self._changed.set()

    def take_events(self) -> list[Event]:
        """What viewers have not been told yet: every new sentence, and the latest progress once."""
        events, self._sentences = self._sentences, []
        if self._moved:
            self._moved = False
            events.append(self._event("job", job=self._job_state()))
        return events

    def renewal(self) -> Renewal:
        """What to store with the lease's renewal."""
        return Renewal(
            self.lease.job_id, self.lease.token, self._seq, self._progress, self._stage, list(self._draft)
        )

    def renewed(self, now: float, stored: Renewal) -> None:
        """The lease holds anew from `now`, and `stored` has been written down."""
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

    def _event(
        self,
        name: Literal["job", "sentence"],
        *,
        job: JobState | None = None,
        sentence: SentenceState | None = None,
    ) -> Event:
        return Event(
            name=name,
            school_id=self._job.school_id,
            evaluation_id=self._job.evaluation_id,
            student_id=self._job.student_id,
            job_id=self._job.id,
            seq=self._seq,
            job=job,
            sentence=sentence,
        )
