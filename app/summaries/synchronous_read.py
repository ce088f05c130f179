"""The synchronous read: answer what is stored, or queue it and wait a while for it to be written."""

from typing import Protocol, runtime_checkable

from app.accounts.principal import Principal
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.evaluations import access
from app.jobs.models import Job
from app.summaries import repository, service
from app.summaries.presenters import job_out, may_read, summary_out
from app.summaries.schemas import JobOut, QueueBody, SummaryOut

WAIT_SECONDS = 25.0
"""Proxies cut a silent request after 30 s (Heroku's router, H12), so we answer before that."""


@runtime_checkable
class JobWaiter(Protocol):
    """Waits for the end of a job without asking the database again and again."""

    async def wait_for_end(self, school_id: int, job_id: str, seconds: float) -> None:
        """Return when the job has ended, or when the time is over."""


async def summary_or_job(
    units: UnitOfWorkFactory, waiter: JobWaiter, user: Principal, evaluation_id: int, student_id: int
) -> SummaryOut | JobOut:
    """A fresh summary, or the job that is still at it.

    1. Stored and fresh: answer. 2. Queue it (high) and commit. 3. Wait with no session open. 4. Look again.
    Raises NotFound, Forbidden.
    """
    async with units() as uow:
        await access.visible_student(uow.session, user, evaluation_id, student_id)
        found = await _stored(uow, user, evaluation_id, student_id, cached=True)
        if found is not None:
            return found
        asked = await service.queue_for_student(
            uow, user, evaluation_id, student_id, QueueBody(priority="high")
        )
    await waiter.wait_for_end(user.school_id, asked.job.id, WAIT_SECONDS)
    async with units() as uow:
        found = await _stored(uow, user, evaluation_id, student_id, cached=False)
        if found is not None:
            return found
        return await job_out(uow.session, user, await _job(uow, user, asked.job))


async def _stored(
    uow: UnitOfWork, user: Principal, evaluation_id: int, student_id: int, *, cached: bool
) -> SummaryOut | None:
    """The stored summary, if it is fresh and this reader may have it."""
    summary = await repository.get(uow.session, user.school_id, evaluation_id, student_id)
    if summary is None or not may_read(user, summary):
        return None
    if not await repository.is_fresh(uow.session, summary):
        return None
    student = await access.visible_student(uow.session, user, evaluation_id, student_id)
    stored = await repository.sentences(uow.session, summary.id)
    return summary_out(summary, student.name, stored, cached=cached)


async def _job(uow: UnitOfWork, user: Principal, job: Job) -> Job:
    try:
        return await service.visible_job(uow.session, user, job.id)
    except NotFound:
        return job
