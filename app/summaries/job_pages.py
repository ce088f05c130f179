"""Pages of jobs."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.paging import decode_cursor, encode_cursor
from app.evaluations import access
from app.jobs.sql import reads
from app.jobs.states import State
from app.summaries.presenters import plain_job, told_of
from app.summaries.schemas import JobPage


async def job_page(
    session: AsyncSession,
    user: Principal,
    evaluation_id: int,
    state: State | None,
    limit: int,
    cursor: str | None,
) -> JobPage:
    """One page, newest first, without places in line. Raises BadInput, Forbidden, NotFound."""
    await access.managed_evaluation(session, user, evaluation_id)
    after = decode_cursor(cursor) if cursor else None
    found = await reads.page(session, evaluation_id, state, limit + 1, after)
    shown = found[:limit]
    more = len(found) > limit
    told = await told_of(session, shown)
    return JobPage(
        evaluation_id=evaluation_id,
        total=await reads.count(session, evaluation_id, state),
        jobs=[plain_job(job, told=told) for job in shown],
        next_cursor=encode_cursor(shown[-1].created_at, shown[-1].id) if more else None,
    )
