"""Cancels or retries many jobs in one transaction."""

from collections.abc import Sequence

from app.accounts.principal import Principal
from app.core.errors import Conflict
from app.core.unit_of_work import UnitOfWork
from app.summaries import service


async def cancel(uow: UnitOfWork, user: Principal, job_ids: Sequence[str]) -> int:
    """Cancel the jobs that wait or run, and return how many. Ended jobs stay as they are. Raises NotFound.

    Jobs are locked in the order of their ids, so that two calls with the same jobs cannot deadlock.
    """
    count = 0
    for job_id in sorted(set(job_ids)):
        try:
            await service.cancel_job(uow, user, job_id)
        except Conflict:
            continue
        count += 1
    return count


async def retry(uow: UnitOfWork, user: Principal, job_ids: Sequence[str]) -> int:
    """Queue a new job for each that failed or was cancelled, and return how many. Raises NotFound."""
    count = 0
    for job_id in sorted(set(job_ids)):
        try:
            await service.retry_job(uow, user, job_id)
        except Conflict:
            continue
        count += 1
    return count
