"""SQL by which jobs come in: each gets a fair rank, and no pupil gets a second live job."""

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
    student_id: int


@dataclass(frozen=True, slots=True)
class Place:
    """A school's place in a lane: the first of its new ranks, and whether it has paused the lane."""

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
        INSERT INTO job (id, student_id, rank, school_id, evaluation_id, requested_by, lane, max_retries,
                         force, webhook_url, held, request_id)
        SELECT new.id, new.student_id, reserved.last_rank - :count + new.place, :school_id, :evaluation_id,
               :requested_by, :lane, :max_retries, :force, :webhook_url, reserved.paused, :request_id
        FROM unnest(CAST(:ids AS text[]), CAST(:students AS bigint[]))
             WITH ORDINALITY AS new (id, student_id, place), reserved
        ORDER BY new.place
        ON CONFLICT (evaluation_id, student_id) WHERE completed_at IS NULL DO NOTHING
        RETURNING *
        """  # noqa: S608 - put together of our own words only
    )
)


async def reserve_ranks(session: AsyncSession, school_id: int, lane: int, count: int) -> Place:
    """Give a school `count` ranks in a lane. Locks its place there, so a pause comes before or after.

    Start-time fair queueing: the first is one past the greater of where the lane has come and where the
    school has got to, so that schools alternate and none can stand before another with a long queue.
    Where the lane has come is the least rank that waits; when none waits, the greatest rank given out.
    """
    bound = {"school_id": school_id, "lane": lane, "count": count}
    row = (await session.execute(_RESERVE_RANKS, bound)).one()
    return Place(int(row.last_rank) - count + 1, bool(row.paused))


async def insert_jobs(session: AsyncSession, jobs: Sequence[NewJob], values: Mapping[str, Any]) -> list[Job]:
    """Reserve ranks and insert, in one statement; `values` has the columns that all rows share.

    Pupils who got a live job in the meantime are left out of the answer. The rows go in in the order of the
    pupils' ids, so that two batches at once wait for each other instead of locking each other out.
    """
    ordered = sorted(jobs, key=lambda job: job.student_id)
    bound = {
        "ids": [job.id for job in ordered],
        "students": [job.student_id for job in ordered],
        "count": len(ordered),
        **values,
    }
    return list(await session.scalars(_INSERT_JOBS, bound))
