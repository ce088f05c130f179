"""Upkeep on the minute tick: what has had its time is deleted, a little at a time. Harmless to run twice."""

from app.accounts import login
from app.audit import service as audit
from app.core.unit_of_work import UnitOfWorkFactory
from app.imports import service
from app.jobs import service as jobs
from app.scheduling import repository
from app.webhooks import service as webhooks

KEEP_RUNS_DAYS = 90
KEEP_JOBS_DAYS = 400
"""A school year and a summer. The job that a stored summary came from stays as long as the summary."""

KEEP_DELIVERIES_DAYS = 30
KEEP_AUDIT_DAYS = 400
"""As jobs: who looked at what can be asked about until the year is over, and is not kept for ever."""


async def upkeep(units: UnitOfWorkFactory) -> None:
    """Expired logins, unconfirmed uploads, old runs, jobs, webhooks and notes of who looked at what.

    Each in its own transaction.
    """
    async with units() as uow:
        await login.delete_expired(uow)
    async with units() as uow:
        await service.forget_old_previews(uow)
    async with units() as uow:
        await repository.forget_runs(uow.session, KEEP_RUNS_DAYS)
    async with units() as uow:
        await jobs.forget_old(uow, KEEP_JOBS_DAYS)
    async with units() as uow:
        await webhooks.forget_old(uow, KEEP_DELIVERIES_DAYS)
    async with units() as uow:
        await audit.delete_old(uow, KEEP_AUDIT_DAYS)
