"""Endings of a summary's attempt: what is stored with the job's last move, in one fenced transaction."""

from dataclasses import dataclass
from typing import Any

from app.core import metrics
from app.core.events import Event
from app.core.unit_of_work import UnitOfWork
from app.jobs import service as jobs
from app.jobs.handlers import Ending, Failed
from app.jobs.models import Job, student_of
from app.jobs.outbox import publish_ended
from app.jobs.service import Lease
from app.summaries import draft_repository, repository
from app.summaries.inputs import Reading
from app.summaries.repository import Stored
from app.text.generate import stand_in
from app.text.types import Draft


def unwritten(job: Job, reading: Reading | None, code: str, retryable: bool) -> Ending:
    """The ending of an attempt that failed: with a stand-in, if there is anything to make one of."""
    return Failed(code, retryable) if reading is None else StoodIn(job, reading, code, retryable)


@dataclass(frozen=True, slots=True)
class Adopted:
    """The job is done with the summary that is stored already: it was made of exactly this input."""

    job: Job
    reading: Reading
    summary: Stored

    async def store(self, uow: UnitOfWork, lease: Lease) -> None:
        """Complete the job, publish its end, and make the summary this job's. The lease was lost: nothing."""
        if await _complete(self, uow, lease):
            await repository.adopt(uow.session, self.summary.id, self.job.id, self.reading.revision)

    def instead(self) -> Ending:
        """Try again later."""
        return unwritten(self.job, self.reading, "internal", retryable=True)

    async def document(self, uow: UnitOfWork) -> dict[str, Any] | None:
        """What receivers of webhooks get; None while the student may not read it."""
        summary = self.summary
        if summary.state != "released":
            return None
        stored = await repository.sentences(uow.session, summary.id)
        return _document(summary.method, summary.comments_total, [one.text for one in stored])


@dataclass(frozen=True, slots=True)
class Written:
    """The job is done with a new summary."""

    job: Job
    reading: Reading
    draft: Draft

    async def store(self, uow: UnitOfWork, lease: Lease) -> None:
        """Complete the job, publish its end, and store the summary. The lease was lost: nothing."""
        if not await _complete(self, uow, lease):
            return
        values = columns(self.job, self.reading, self.draft)
        await draft_repository.store(uow.session, values, self.draft.sentences, self.reading.entry_ids)
        for code, count in self.draft.checks.items():
            metrics.checks_struck.labels(code).inc(count)

    def instead(self) -> Ending:
        """Try again later."""
        return unwritten(self.job, self.reading, "internal", retryable=True)

    async def document(self, uow: UnitOfWork) -> dict[str, Any] | None:
        """As Adopted.document."""
        draft = self.draft
        if draft.held_for or draft.provisional:
            return None
        if not await repository.released_at_once(uow.session, student_of(self.job).evaluation_id):
            return None
        return _document(draft.method.value, draft.comments_total, [one.text for one in draft.sentences])


@dataclass(frozen=True, slots=True)
class StoodIn:
    """The attempt failed. The basic text stands in, so that the student has something to read."""

    job: Job
    reading: Reading
    code: str
    retryable: bool

    async def store(self, uow: UnitOfWork, lease: Lease) -> None:
        """Fail the job, or put it back for a retry, and store the stand-in. The lease was lost: nothing."""
        moved = await jobs.fail(uow, lease, self.code, retryable=self.retryable)
        if moved is None:
            return
        draft = stand_in(self.reading.material)
        values = {**columns(self.job, self.reading, draft), "provisional": True}
        stored = await draft_repository.store(uow.session, values, draft.sentences, self.reading.entry_ids)
        if stored.place == "current":
            uow.publish(_summary_event(moved))

    def instead(self) -> Ending:
        """Without the stand-in."""
        return Failed(self.code, self.retryable)


async def _complete(ending: Adopted | Written, uow: UnitOfWork, lease: Lease) -> bool:
    """Complete the job, and publish that with the document if anybody listens. False: the lease was lost."""
    completion = await jobs.complete_unpublished(uow, lease)
    if completion is None:
        return False
    if completion.listened_for:
        document = await ending.document(uow) if completion.has_receivers else None
        await publish_ended(uow, [completion.job], document)
    return True


def _document(method: str, comments: int, sentences: list[str]) -> dict[str, Any]:
    return {
        "summary_text": " ".join(sentences),
        "generation_method": method,
        "feedback_count": comments,
    }


def _summary_event(job: Job) -> Event:
    """Says to viewers that there is a text to read although the job has not come to its end."""
    return Event("summary", *student_of(job), job_id=job.id, seq=job.seq)


def columns(job: Job, reading: Reading, draft: Draft) -> dict[str, object]:
    """The columns of the summary that this job stores; all of draft_repository.WRITTEN."""
    school_id, evaluation_id, student_id = student_of(job)
    return {
        "school_id": school_id,
        "evaluation_id": evaluation_id,
        "student_id": student_id,
        "job_id": job.id,
        "locale": draft.locale,
        "method": draft.method.value,
        "provisional": draft.provisional,
        "input_hash": reading.input_hash,
        "revision": reading.revision,
        "comments_used": draft.comments_used,
        "comments_total": draft.comments_total,
        "model": draft.model[:100],
        "prompt_version": draft.prompt_version[:20],
        "checks": draft.checks,
        "flags": [
            {"entry_id": reading.entry_ids[flag.comment], "reason": flag.reason} for flag in draft.flags
        ],
        "attention": list(draft.attention),
        "left_out": [
            {"entry_id": reading.entry_ids[one.comment], "reason": one.reason, "quote": one.quote}
            for one in draft.left_out
        ],
        "refused": [{"text": text, "reason": reason} for text, reason in draft.refused],
        "basis": reading.basis,
        "held_for": list(draft.held_for),
    }
