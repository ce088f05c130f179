"""The recent jobs of a school in pages: an administrator sees all, a teacher those of their evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.paging import decode_cursor, encode_cursor
from app.jobs.models import Job
from app.jobs.states import ERRORS
from app.monitoring import recent_jobs_repository as repository
from app.settings import LANES

STATUSES = tuple(repository.STATUS_CONDITIONS)
"""The statuses to filter by."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are listed. An empty or unknown word filters nothing."""

    status: str = ""
    lane: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class RecentJob:
    """A job, the name of its student, and the title of its evaluation."""

    job: Job
    student: str
    title: str


@dataclass(frozen=True, slots=True)
class RecentJobs:
    """One page, newest first. `next_cursor` is None on the last page."""

    jobs: Sequence[RecentJob]
    next_cursor: str | None


async def list_recent(
    session: AsyncSession, user: Principal, chosen: JobFilter, cursor: str | None, limit: int
) -> RecentJobs:
    """The page of at most `limit` jobs that `cursor` names. Raises BadInput for a bad cursor."""
    rows = await repository.recent(
        session,
        user,
        status=chosen.status if chosen.status in STATUSES else None,
        lane=LANES.index(chosen.lane) if chosen.lane in LANES else None,
        cause=chosen.cause if chosen.cause in ERRORS else None,
        after=decode_cursor(cursor) if cursor else None,
        limit=limit + 1,
    )
    jobs = [RecentJob(*row) for row in rows[:limit]]
    last = jobs[-1].job if len(rows) > limit else None
    return RecentJobs(jobs, encode_cursor(last.created_at, last.id) if last is not None else None)


async def visible_jobs(session: AsyncSession, user: Principal, job_ids: Sequence[str]) -> list[Job]:
    """Those of these jobs that this person may see."""
    return await repository.visible_jobs(session, user, job_ids)


async def visible_evaluations(session: AsyncSession, user: Principal) -> set[int] | None:
    """The evaluations whose jobs this person may see; None for all of the school."""
    return None if user.role == "admin" else await repository.evaluations_of_teacher(session, user)
