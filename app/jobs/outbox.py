"""What the end of a job is to a school's own programs: webhooks, written down in the ending transaction."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from app.core.unit_of_work import UnitOfWork
from app.jobs.models import Job
from app.jobs.sql import transitions
from app.webhooks import outbox
from app.webhooks.outbox import WebhookEvent

BATCH = "batch.completed"

Result = Callable[[], Awaitable[dict[str, Any] | None]]
"""Reads the text that a completed job made; called only when somebody wants to be told."""


async def record_deliveries(uow: UnitOfWork, jobs: Sequence[Job], result: Result | None = None) -> None:
    """Note that these jobs have ended. `result` belongs to the only one.

    1. Who listens? Nobody, and no job has an address of its own: done. 2. One happening for each job.
    3. Where batches are listened for, one for each evaluation of which this was the last.
    """
    if not jobs:
        return
    endpoints = await outbox.enabled_receivers(uow.session, {job.school_id for job in jobs})
    if not endpoints and all(job.webhook_url is None for job in jobs):
        return
    text = await result() if result is not None and endpoints else None
    events = [_ended(job, text) for job in jobs]
    listened = {endpoint.school_id for endpoint in endpoints if BATCH in endpoint.events}
    last_of = {job.evaluation_id: job for job in jobs if job.school_id in listened}
    for evaluation_id in sorted(last_of):
        if await transitions.nothing_left(uow.session, evaluation_id):
            events.append(_batch_ended(last_of[evaluation_id]))
    await outbox.record(uow, events, endpoints)


def _ended(job: Job, result: dict[str, Any] | None) -> WebhookEvent:
    data = {
        "job_id": job.id,
        "status": job.state,
        "student_id": job.student_id,
        "evaluation_id": job.evaluation_id,
    }
    moment = job.completed_at or datetime.now(UTC)
    return WebhookEvent(
        school_id=job.school_id,
        event=f"job.{job.state}",
        job_id=job.id,
        at=moment,
        data=data,
        webhook_url=job.webhook_url,
        result=result,
        request_id=job.request_id,
    )


def _batch_ended(last: Job) -> WebhookEvent:
    data = {
        "job_id": None,
        "status": "completed",
        "student_id": None,
        "evaluation_id": last.evaluation_id,
    }
    moment = last.completed_at or datetime.now(UTC)
    return WebhookEvent(last.school_id, BATCH, last.id, moment, data, request_id=last.request_id)
