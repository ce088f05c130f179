"""What can be done with many jobs at once: cancel them, or try them again."""

from collections.abc import Sequence

from app.accounts.principal import Principal
from app.core.errors import Conflict
from app.core.unit_of_work import UnitOfWork
from app.summaries import service


async def cancel(uow: UnitOfWork, user: Principal, job_ids: Sequence[str]) -> int:
    """Cancel those that wait or run; those that have ended stay. Returns how many. Raises NotFound.

    In the order of their ids, so that two who cancel the same ones wait for each other and not in a circle.
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
    """A new job for each that failed or was cancelled; others stay. Returns how many. Raises NotFound."""
    count = 0
    for job_id in sorted(set(job_ids)):
        try:
            await service.retry_job(uow, user, job_id)
        except Conflict:
            continue
        count += 1
    return count
