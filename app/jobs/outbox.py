"""Publishes the ends of jobs to a school's own programs: webhook deliveries, in the ending transaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.core.unit_of_work import UnitOfWork
from app.jobs.models import Job, StudentRef
from app.jobs.sql import reads
from app.webhooks import outbox
from app.webhooks.outbox import WebhookEvent

BATCH = "batch.completed"


async def publish_ended(
    uow: UnitOfWork, jobs: Sequence[Job], document: Mapping[str, Any] | None = None
) -> None:
    """Store deliveries of the ends of these jobs. `document` is what the only one of them has made.

    Only summaries are published; jobs of other tasks are left out.

    1. Does anybody listen? If not, and no job has an address of its own: done. 2. One event for each job.
    3. Where batches are listened for, one for each evaluation of which this was the last unfinished job.
    """
    ended = [(job, student) for job in jobs if (student := job.student) is not None]
    if not ended:
        return
    endpoints = await outbox.enabled_receivers(uow.session, {student.school_id for _, student in ended})
    if not endpoints and all(job.webhook_url is None for job, _ in ended):
        return
    events = [_ended(job, student, document) for job, student in ended]
    listening = {endpoint.school_id for endpoint in endpoints if BATCH in endpoint.events}
    last_of = {
        student.evaluation_id: (job, student) for job, student in ended if student.school_id in listening
    }
    for evaluation_id in sorted(last_of):
        if await reads.none_unfinished(uow.session, evaluation_id):
            events.append(_batch_ended(*last_of[evaluation_id]))
    await outbox.record(uow, events, endpoints)


def _ended(job: Job, student: StudentRef, document: Mapping[str, Any] | None) -> WebhookEvent:
    data = {
        "job_id": job.id,
        "status": job.state,
        "student_id": student.student_id,
        "evaluation_id": student.evaluation_id,
    }
    return WebhookEvent(
        school_id=student.school_id,
        event=f"job.{job.state}",
        job_id=job.id,
        at=job.completed_at or datetime.now(UTC),
        data=data,
        webhook_url=job.webhook_url,
        result=document,
        request_id=job.request_id,
    )


def _batch_ended(last: Job, student: StudentRef) -> WebhookEvent:
    data = {
        "job_id": None,
        "status": "completed",
        "student_id": None,
        "evaluation_id": student.evaluation_id,
    }
    at = last.completed_at or datetime.now(UTC)
    return WebhookEvent(student.school_id, BATCH, last.id, at, data, request_id=last.request_id)
