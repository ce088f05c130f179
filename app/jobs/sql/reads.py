"""SQL that only reads jobs: one, a page of them, a position in line, how long they take."""

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
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import plain_rows
from app.jobs.models import Job, student_of
from app.jobs.position import Line, Pace, position_in
from app.jobs.sql import predicates, workers
from app.jobs.sql.predicates import aged, in_state, literal_int, of_summaries, waiting
from app.jobs.states import State

COUNT_LIMIT = 1000
"""A position in line is counted no further than this; beyond it we say nothing."""

RECENT_RUNS = 50

EVALUATION_LOCKS = 5 << 56
"""Added to an evaluation's id, this is the number of an advisory lock that nothing else uses."""


_ONE = select(Job).where(Job.id == bindparam("job_id"), Job.school_id == bindparam("school_id"))


async def get(session: AsyncSession, school_id: int, job_id: str) -> Job | None:
    """A job of this school."""
    return await session.scalar(_ONE, {"job_id": job_id, "school_id": school_id})


async def owned(session: AsyncSession, job_id: str, token: uuid.UUID) -> Job | None:
    """The job, if this lease still holds; locked, so that it holds until the commit."""
    return await session.scalar(select(Job).where(predicates.owns_lease(job_id, token)).with_for_update())


UNFINISHED = and_(
    Job.task == bindparam("task"),
    Job.subject_key == any_(bindparam("subject_keys", type_=ARRAY(String))),
    predicates.unfinished,
)
"""A condition: unfinished jobs of the task `task` about the subjects `subject_keys`, both to be bound."""

_UNFINISHED = select(Job).where(UNFINISHED)


async def unfinished(session: AsyncSession, task: str, subject_keys: Sequence[str]) -> dict[str, Job]:
    """The unfinished job of each of these subjects that has one, by subject key."""
    found = await session.scalars(_UNFINISHED, {"task": task, "subject_keys": list(subject_keys)})
    return {job.subject_key: job for job in found}


async def none_unfinished(session: AsyncSession, evaluation_id: int) -> bool:
    """Whether no summary of an evaluation waits or runs, after ours has ended in this transaction.

    Two last jobs that end at once would each see the other still running. So this takes a lock that lasts
    until the commit, and looks after that: the second then sees what the first has committed. Several locks
    are taken in the order of their ids, and after the rows, so that no two transactions wait for each other.
    """
    await session.execute(select(func.pg_advisory_xact_lock(EVALUATION_LOCKS + evaluation_id)))
    left = select(Job.id).where(Job.evaluation_id == evaluation_id, of_summaries, predicates.unfinished)
    return not await session.scalar(select(left.exists()))


async def next_waiting(session: AsyncSession, limit: int) -> dict[tuple[str, int], int]:
    """How many of the first `limit` jobs in each lane are of which task, by task and lane."""
    statement = text(
        """
        SELECT task, lane, count(*) FROM (VALUES (0), (1), (2)) AS lanes (number), LATERAL (
            SELECT task, lane FROM job WHERE waiting AND lane = lanes.number
            ORDER BY rank, created_at, id LIMIT :limit
        ) AS first GROUP BY task, lane
        """
    )
    rows = await session.execute(statement, {"limit": limit})
    return {(task, lane): count for task, lane, count in rows}


async def try_lock(session: AsyncSession, key: int) -> bool:
    """Take an advisory lock until the commit; False when another transaction has it."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(key))))


_LATEST = (
    select(Job)
    .where(
        Job.student_id == bindparam("student_id"),
        Job.evaluation_id == bindparam("evaluation_id"),
        of_summaries,
    )
    .order_by(Job.created_at.desc())
    .limit(literal_int(1))
)


async def latest(session: AsyncSession, evaluation_id: int, student_id: int) -> Job | None:
    """The newest job that makes a student's summary."""
    return await session.scalar(_LATEST, {"student_id": student_id, "evaluation_id": evaluation_id})


async def latest_of_each(
    session: AsyncSession, evaluation_id: int, student_ids: Sequence[int] | None = None
) -> dict[int, Job]:
    """The newest job that makes a summary of each student of an evaluation, or of those named."""
    statement = select(Job).where(Job.evaluation_id == evaluation_id, of_summaries)
    if student_ids is not None:
        statement = statement.where(Job.student_id.in_(student_ids))
    statement = statement.ext(distinct_on(Job.student_id)).order_by(Job.student_id, Job.created_at.desc())
    return {student_of(job).student_id: job for job in await session.scalars(statement)}


class Newest(NamedTuple):
    """Whose summary it makes, and how far its row is."""

    school_id: int
    evaluation_id: int
    student_id: int
    job_id: str
    seq: int


_NEWEST = select(Job.school_id, Job.evaluation_id, Job.student_id, Job.id, Job.seq).where(of_summaries)

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
    """How far those of these jobs are that make summaries, of any school: for the check of many viewers."""
    if not job_ids:
        return {}
    rows = await session.execute(_NAMED, {"ids": list(job_ids)})
    return {row.id: Newest._make(row) for row in rows}


async def newest_of_students(
    session: AsyncSession, wanted: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Newest]:
    """How far the newest job of each of these (evaluation, student) is; as `named`."""
    if not wanted:
        return {}
    evaluations, students = ({pair[side] for pair in wanted} for side in (0, 1))
    rows = await session.execute(_OF_STUDENTS, {"evaluations": list(evaluations), "students": list(students)})
    return {(row.evaluation_id, row.student_id): Newest._make(row) for row in rows}


async def page(
    session: AsyncSession,
    evaluation_id: int,
    state: State | None,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[Job]:
    """Jobs that make summaries of an evaluation, newest first: those that follow `after`."""
    statement = select(Job).where(_belongs_to(evaluation_id, state))
    if after is not None:
        statement = statement.where(tuple_(Job.created_at, Job.id) < after)
    statement = statement.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    return list(await session.scalars(statement))


async def count(session: AsyncSession, evaluation_id: int, state: State | None) -> int:
    """How many such jobs an evaluation has."""
    return int(await session.scalar(select(func.count()).where(_belongs_to(evaluation_id, state))) or 0)


def _belongs_to(evaluation_id: int, state: State | None) -> ColumnElement[bool]:
    belongs = and_(Job.evaluation_id == evaluation_id, of_summaries)
    return belongs if state is None else and_(belongs, in_state(state))


async def position(session: AsyncSession, job: Job) -> int | None:
    """The 1-based place in the order in which jobs are claimed, or None when it is not waiting or far off."""
    if not job.waiting:
        return None
    bound = {"rank": job.rank, "created_at": job.created_at, "job_id": job.id}
    (row,) = await plain_rows(session, _around(job.lane), bound)
    found = position_in(Line(row.ahead, row.overtaking, row.by_lifts if row.liftable else None))
    return None if found > COUNT_LIMIT else found


@cache
def _around(lane: int) -> Select[int, int, int, bool]:
    """The counts of a position.Line for a job in this lane, each up to COUNT_LIMIT."""
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
    """The jobs that lifts are for, up to COUNT_LIMIT, beyond which no position is given."""
    return (
        select(Job.lane, Job.rank, Job.created_at, Job.id, Job.waiting_since)
        .where(aged)
        .order_by(Job.waiting_since)
        .limit(literal_int(COUNT_LIMIT))
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
    some = select(Job.id).where(waiting, *conditions).limit(literal_int(COUNT_LIMIT)).subquery()
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
    """The median of the latest runs; None when nothing has run yet."""
    (row,) = await plain_rows(session, _PACE, {})
    return None if row[0] is None else Pace(float(row[0]), running=int(row[1]), slots=int(row[2]))
