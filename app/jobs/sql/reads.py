"""SQL that only reads jobs: one, a page of them, a place in line, how long they take."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    not_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import plain_rows
from app.jobs.models import Job
from app.jobs.position import Line, Pace, place
from app.jobs.sql import predicates, workers
from app.jobs.sql.predicates import aged, in_state, literal_int, waiting
from app.jobs.states import State

COUNTED_AHEAD = 1000
"""A place in line is counted no further than this; beyond it we say nothing."""

RECENT_RUNS = 50


_ONE = select(Job).where(Job.id == bindparam("job_id"), Job.school_id == bindparam("school_id"))


async def get(session: AsyncSession, school_id: int, job_id: str) -> Job | None:
    """A job of this school."""
    return await session.scalar(_ONE, {"job_id": job_id, "school_id": school_id})


async def held(session: AsyncSession, job_id: str, token: uuid.UUID) -> Job | None:
    """The job, if this lease still holds; locked, so that it stays so until the commit."""
    return await session.scalar(
        select(Job).where(Job.id == job_id, Job.lease_token == token).with_for_update()
    )


LIVE = and_(
    Job.evaluation_id == bindparam("evaluation_id"),
    Job.student_id == any_(bindparam("student_ids", type_=ARRAY(BigInteger))),
    predicates.live,
)
"""A condition: live jobs of the pupils `student_ids` in the evaluation `evaluation_id`, both to be bound."""

_LIVE = select(Job).where(LIVE)


async def live(session: AsyncSession, evaluation_id: int, student_ids: Sequence[int]) -> dict[int, Job]:
    """The live job of each of these pupils that has one."""
    found = await session.scalars(_LIVE, {"evaluation_id": evaluation_id, "student_ids": list(student_ids)})
    return {job.student_id: job for job in found}


_LATEST = (
    select(Job)
    .where(Job.student_id == bindparam("student_id"), Job.evaluation_id == bindparam("evaluation_id"))
    .order_by(Job.created_at.desc())
    .limit(literal_int(1))
)


async def latest(session: AsyncSession, evaluation_id: int, student_id: int) -> Job | None:
    """The newest job of a pupil."""
    return await session.scalar(_LATEST, {"student_id": student_id, "evaluation_id": evaluation_id})


async def latest_of_each(
    session: AsyncSession, evaluation_id: int, student_ids: Sequence[int] | None = None
) -> dict[int, Job]:
    """The newest job of each pupil of an evaluation, or of those named."""
    statement = select(Job).where(Job.evaluation_id == evaluation_id)
    if student_ids is not None:
        statement = statement.where(Job.student_id.in_(student_ids))
    statement = statement.ext(distinct_on(Job.student_id)).order_by(Job.student_id, Job.created_at.desc())
    return {job.student_id: job for job in await session.scalars(statement)}


class Newest(NamedTuple):
    """Whose job it is, and how far its row is."""

    school_id: int
    evaluation_id: int
    student_id: int
    job_id: str
    seq: int


_NEWEST = select(Job.school_id, Job.evaluation_id, Job.student_id, Job.id, Job.seq)

_NAMED = _NEWEST.where(Job.id == any_(bindparam("ids", type_=ARRAY(String))))

_OF_STUDENTS = (
    _NEWEST.where(
        Job.student_id == any_(bindparam("students", type_=ARRAY(BigInteger))),
        Job.evaluation_id == any_(bindparam("evaluations", type_=ARRAY(BigInteger))),
    )
    .ext(distinct_on(Job.student_id, Job.evaluation_id))
    .order_by(Job.student_id, Job.evaluation_id, Job.created_at.desc())
)


async def named(session: AsyncSession, job_ids: Collection[str]) -> dict[str, Newest]:
    """How far these jobs are, of whatever school: for the check of many viewers."""
    if not job_ids:
        return {}
    rows = await session.execute(_NAMED, {"ids": list(job_ids)})
    return {row.id: Newest(*row) for row in rows}


async def newest_of_students(
    session: AsyncSession, places: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Newest]:
    """How far the newest job of each of these (evaluation, pupil) is; as `named`."""
    if not places:
        return {}
    evaluations, students = ({place[side] for place in places} for side in (0, 1))
    rows = await session.execute(_OF_STUDENTS, {"evaluations": list(evaluations), "students": list(students)})
    return {(row.evaluation_id, row.student_id): Newest(*row) for row in rows}


async def page(
    session: AsyncSession,
    evaluation_id: int,
    state: State | None,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[Job]:
    """Jobs of an evaluation, newest first, those that follow `after`."""
    statement = select(Job).where(_of(evaluation_id, state))
    if after is not None:
        statement = statement.where(tuple_(Job.created_at, Job.id) < after)
    statement = statement.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    return list(await session.scalars(statement))


async def count(session: AsyncSession, evaluation_id: int, state: State | None) -> int:
    """How many jobs an evaluation has."""
    return int(await session.scalar(select(func.count()).where(_of(evaluation_id, state))) or 0)


def _of(evaluation_id: int, state: State | None) -> ColumnElement[bool]:
    belongs = Job.evaluation_id == evaluation_id
    return belongs if state is None else and_(belongs, in_state(state))


async def position(session: AsyncSession, job: Job) -> int | None:
    """The 1-based place in the order in which jobs are claimed, or None when it is not waiting or far off."""
    if not job.waiting:
        return None
    bound = {"rank": job.rank, "created_at": job.created_at, "job_id": job.id}
    (row,) = await plain_rows(session, _around(job.lane), bound)
    found = place(Line(row.ahead, row.overtaking, row.by_lifts if row.liftable else None))
    return None if found > COUNTED_AHEAD else found


@cache
def _around(lane: int) -> Select[int, int, int, bool]:
    """What place.Line wants to know of a job in this lane, each counted no further than is told."""
    itself = tuple_(
        bindparam("rank", type_=BigInteger),
        bindparam("created_at", type_=DateTime(timezone=True)),
        bindparam("job_id", type_=String),
    )
    oldest = _oldest()
    own = oldest.c.lane == literal_int(lane)
    reach = (
        select(func.min(oldest.c.waiting_since))
        .where(own, tuple_(oldest.c.rank, oldest.c.created_at, oldest.c.id) >= itself)
        .scalar_subquery()
    )
    own_ahead = _counted(Job.lane == literal_int(lane), tuple_(Job.rank, Job.created_at, Job.id) < itself)
    return select(
        (_counted(Job.lane < literal_int(lane)) + own_ahead).label("ahead"),
        _counted(_in_lanes_of(oldest, oldest.c.lane > literal_int(lane))).label("overtaking"),
        (own_ahead + _counted(_in_lanes_of(oldest, not_(own), oldest.c.waiting_since < reach))).label(
            "by_lifts"
        ),
        reach.is_not(None).label("liftable"),
    )


def _oldest() -> CTE:
    """The jobs that lifts are for, as far as a place is told: beyond so many it is not, whatever they are."""
    return (
        select(Job.lane, Job.rank, Job.created_at, Job.id, Job.waiting_since)
        .where(aged)
        .order_by(Job.waiting_since)
        .limit(literal_int(COUNTED_AHEAD))
        .cte("oldest")
    )


def _in_lanes_of(oldest: CTE, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a job is in the lane of one of these.

    Their lanes are an array, found first. By a join, or by OR, the whole queue would be read where there are
    none: 9 ms of 100,000 jobs.
    """
    lanes = select(func.array_agg(oldest.c.lane)).where(*conditions).scalar_subquery()
    return Job.lane == any_(func.coalesce(lanes, literal_column("'{}'::smallint[]")))


def _counted(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    some = select(Job.id).where(waiting, *conditions).limit(literal_int(COUNTED_AHEAD)).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _pace() -> Select[float, int, int]:
    recent = (
        select(func.extract("epoch", Job.completed_at - Job.started_at).label("took"))
        .where(in_state(State.COMPLETED), Job.completed_at.is_not(None), Job.started_at.is_not(None))
        .order_by(Job.completed_at.desc())
        .limit(literal_int(RECENT_RUNS))
        .subquery()
    )
    median = select(func.percentile_cont(0.5).within_group(recent.c.took)).scalar_subquery()
    running = select(func.count()).where(in_state(State.PROCESSING)).scalar_subquery()
    return select(median, running, workers.slots())


_PACE = _pace()


async def pace(session: AsyncSession) -> Pace | None:
    """The median of the latest runs; None when nothing has run yet, and then no time is told."""
    (row,) = await plain_rows(session, _PACE, {})
    return None if row[0] is None else Pace(float(row[0]), running=int(row[1]), slots=int(row[2]))
