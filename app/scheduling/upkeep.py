"""Upkeep on the minute tick: deletes old rows, a limited number at a time. Two may run at once."""

from app.accounts import login
from app.audit import service as audit
from app.core.unit_of_work import UnitOfWorkFactory
from app.imports import service
from app.jobs import service as jobs
from app.scheduling import repository
from app.webhooks import service as webhooks

RUN_RETENTION_DAYS = 90
JOB_RETENTION_DAYS = 400
"""A school year and a summer. The job of a stored summary stays as long as the summary."""

DELIVERY_RETENTION_DAYS = 30
AUDIT_RETENTION_DAYS = 400
"""As jobs: until the school year is over one can ask who looked at what."""


async def upkeep(units: UnitOfWorkFactory) -> None:
    """Delete expired logins, previews, and old runs, jobs, deliveries and audit events.

    Each kind has its transaction.
    """
    async with units() as uow:
        await login.delete_expired(uow)
    async with units() as uow:
        await service.forget_old_previews(uow)
    async with units() as uow:
        await repository.delete_old_runs(uow.session, RUN_RETENTION_DAYS)
    async with units() as uow:
        await jobs.forget_old(uow, JOB_RETENTION_DAYS)
    async with units() as uow:
        await webhooks.delete_old(uow, DELIVERY_RETENTION_DAYS)
    async with units() as uow:
        await audit.delete_old(uow, AUDIT_RETENTION_DAYS)
