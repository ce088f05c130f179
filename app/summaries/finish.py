"""Endings of an attempt: what is written together with the job's last move, in one fenced transaction."""

from typing import Any

from app.core import metrics
from app.core.events import Event
from app.core.unit_of_work import UnitOfWork
from app.jobs import service as jobs
from app.jobs.models import Job
from app.jobs.service import Lease
from app.summaries import draft_repository, repository
from app.summaries.inputs import Reading
from app.summaries.repository import Stored
from app.text.generate import fallback
from app.text.types import Draft


async def adopt(uow: UnitOfWork, job: Job, lease: Lease, summary: Stored, reading: Reading) -> None:
    """Complete the job with the summary that is there already."""

    async def result() -> dict[str, Any] | None:
        if summary.state != "released":
            return None
        stored = await repository.sentences(uow.session, summary.id)
        return _told(summary.method, summary.comments_total, [one.text for one in stored])

    if await jobs.complete(uow, lease, result) is not None:
        await repository.adopt(uow.session, summary.id, job.id, reading.revision)


async def finish(uow: UnitOfWork, job: Job, lease: Lease, reading: Reading, draft: Draft) -> None:
    """Complete the job and store its summary. The lease was lost: neither happens."""

    async def result() -> dict[str, Any] | None:
        if not await repository.released_at_once(uow.session, job.evaluation_id):
            return None
        return _told(draft.method.value, draft.comments_total, [one.text for one in draft.sentences])

    if await jobs.complete(uow, lease, result) is None:
        return
    await draft_repository.replace(
        uow.session, _values(job, reading, draft, provisional=False), draft.sentences, reading.entry_ids
    )
    for code, count in draft.checks.items():
        metrics.checks_struck.labels(code).inc(count)


async def fail(
    uow: UnitOfWork, job: Job, lease: Lease, reading: Reading | None, code: str, *, retryable: bool
) -> None:
    """End the attempt badly, and store the rule-based summary so that the pupil has something honest."""
    moved = await jobs.fail(uow, lease, code, retryable=retryable)
    if moved is None or reading is None:
        return
    draft = fallback(reading.material)
    stored = await draft_repository.replace(
        uow.session,
        _values(job, reading, draft, provisional=True),
        draft.sentences,
        reading.entry_ids,
        keep_real=True,
    )
    if stored is not None:
        uow.publish(_summary_event(moved))


def _told(method: str, comments: int, sentences: list[str]) -> dict[str, Any]:
    """What receivers of webhooks get of a summary, once the pupil may read it too."""
    return {
        "summary_text": " ".join(sentences),
        "generation_method": method,
        "feedback_count": comments,
    }


def _summary_event(job: Job) -> Event:
    """Tells viewers that there is a text to read although the job has not come to its end."""
    return Event(
        name="summary",
        school_id=job.school_id,
        evaluation_id=job.evaluation_id,
        student_id=job.student_id,
        job_id=job.id,
        seq=job.seq,
    )


def _values(job: Job, reading: Reading, draft: Draft, *, provisional: bool) -> dict[str, object]:
    return {
        "school_id": job.school_id,
        "evaluation_id": job.evaluation_id,
        "student_id": job.student_id,
        "job_id": job.id,
        "locale": draft.locale,
        "method": draft.method.value,
        "provisional": provisional,
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
    }
