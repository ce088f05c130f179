"""SQL by which jobs come in: each gets a fair rank, and no subject gets a second unfinished job of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.models import Job


@dataclass(frozen=True, slots=True)
class NewJob:
    """One row to insert."""

    id: str
    subject_key: str
    evaluation_id: int | None
    student_id: int | None


@dataclass(frozen=True, slots=True)
class Reservation:
    """The first of a school's new ranks in a lane, and whether it has paused that lane."""

    first_rank: int
    paused: bool


_RESERVE = """
    INSERT INTO school_lane (school_id, lane, last_rank)
    SELECT CAST(:school_id AS bigint), CAST(:lane AS smallint), CAST(:count AS bigint) + coalesce(
        (SELECT min(rank) - 1 FROM job WHERE waiting AND lane = :lane),
        (SELECT max(last_rank) FROM school_lane WHERE lane = :lane),
        0)
    ON CONFLICT (school_id, lane) DO UPDATE
    SET last_rank = greatest(school_lane.last_rank + :count, excluded.last_rank)
    RETURNING last_rank, paused_at IS NOT NULL AS paused
"""

_RESERVE_RANKS = text(_RESERVE)

_INSERT_JOBS = select(Job).from_statement(
    text(
        f"""
        WITH reserved AS ({_RESERVE})
        INSERT INTO job (id, task, subject_key, school_id, evaluation_id, student_id,
                         rank, requested_by, lane, max_retries, force, webhook_url, held, request_id)
        SELECT new.id, :task, new.subject_key, :school_id, new.evaluation_id, new.student_id,
               reserved.last_rank - :count + new.position, :requested_by, :lane,
               :max_retries, :force, :webhook_url, reserved.paused, :request_id
        FROM unnest(CAST(:ids AS text[]), CAST(:keys AS text[]), CAST(:evaluations AS bigint[]),
                    CAST(:students AS bigint[]))
             WITH ORDINALITY AS new (id, subject_key, evaluation_id, student_id, position), reserved
        ORDER BY new.position
        ON CONFLICT (task, subject_key) WHERE completed_at IS NULL DO NOTHING
        RETURNING *
        """  # noqa: S608 - put together of our own words only
    )
)


async def reserve_ranks(session: AsyncSession, school_id: int | None, lane: int, count: int) -> Reservation:
    """Give a school `count` ranks in a lane. Locks its row there, so a pause comes before or after.

    Start-time fair queueing: the first is one past the greater of where the lane has come and where the
    school has got to, so that schools alternate and none can stand before another with a long queue.
    Where the lane has come is the least rank that waits; when none waits, the greatest rank given out.
    Jobs without a school take turns as if they were one more school.
    """
    bound = {"school_id": school_id, "lane": lane, "count": count}
    row = (await session.execute(_RESERVE_RANKS, bound)).one()
    return Reservation(int(row.last_rank) - count + 1, bool(row.paused))


async def insert_jobs(session: AsyncSession, jobs: Sequence[NewJob], values: Mapping[str, Any]) -> list[Job]:
    """Reserve ranks and insert, in one statement; `values` has the columns that all rows share.

    Subjects that got an unfinished job in the meantime are left out of the answer. Whatever order they are
    given in, the rows go in by evaluation, student and key, so that two orders at once wait for each other
    instead of locking each other out.
    """
    ordered = sorted(jobs, key=lambda job: (job.evaluation_id or 0, job.student_id or 0, job.subject_key))
    bound = {
        "ids": [job.id for job in ordered],
        "keys": [job.subject_key for job in ordered],
        "evaluations": [job.evaluation_id for job in ordered],
        "students": [job.student_id for job in ordered],
        "count": len(ordered),
        **values,
    }
    return list(await session.scalars(_INSERT_JOBS, bound))
