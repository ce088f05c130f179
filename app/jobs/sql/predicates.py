"""Conditions and values that several statements share, and how the rows they return become jobs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Executable,
    Integer,
    Interval,
    Row,
    String,
    Table,
    Update,
    and_,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import plain_rows
from app.core.events import SEQ_STRIDE
from app.jobs.models import Job, SchoolLane
from app.jobs.states import State, Status, status_sql
from app.tasks import SUMMARY


def literal_int(number: int) -> ColumnElement[int]:
    """A number that stands in the statement itself: a limit, or what an index's condition names.

    PostgreSQL keeps the plan of a prepared statement only if that is as good as one for the very values. The
    indexes of unfinished jobs hold rows of some states and lanes only. While those, or a limit, are
    parameters, no kept plan can rely on these indexes: the claim would be planned each time, which is half
    of what it costs.
    """
    return literal_column(str(number), Integer)


def literal_word(word: str) -> ColumnElement[str]:
    """One of our own names, for the same reason. Raises ValueError for what is no plain word."""
    if not word.isidentifier():
        raise ValueError(f"{word!r} is not a plain word.")
    return literal_column(f"'{word}'", String)


def in_state(*states: State) -> ColumnElement[bool]:
    """Whether a job is in one of these states."""
    words = [literal_word(state) for state in states]
    return Job.state.in_(words) if len(words) > 1 else Job.state == words[0]


def has_status(status: Status) -> ColumnElement[bool]:
    """Whether a job has this effective status, for statements that select from `job` under its own name."""
    return literal_column(f"({status_sql(status)})", Boolean)


def of_tasks(tasks: Iterable[str]) -> ColumnElement[bool]:
    """Whether a job is of one of these tasks."""
    return Job.task.in_([literal_word(task) for task in tasks])


of_summaries = of_tasks((SUMMARY,))
"""Whether a job makes a summary. Only these jobs are shown to teachers and students."""

job_table = cast(Table, Job.__table__)
"""For statements that are built once; those of the mapped class are taken apart at each run."""

_NAMES = tuple(job_table.c.keys())

unfinished = Job.completed_at.is_(None)
"""Whether a job waits or runs, for statements that look for jobs by key, evaluation or school. A change of a
job that is named is guarded by `in_state`: by this condition it could be sought among all unfinished ones."""

waiting = and_(Job.waiting)
"""Whether a job may be claimed now. Only the index of the claim and of counts goes with it."""

LIFT_AFTER = literal_column("interval '10 minutes'", Interval)
"""A lower lane in which a job has waited longer than this may be served out of turn."""

aged = and_(
    has_status(Status.WAITING), Job.lane > literal_int(0), Job.waiting_since < func.now() - LIFT_AFTER
)
"""A job for which its lane may be. Without `waiting`, for only the index by age goes with this condition."""

by_urgency = (Job.lane, Job.rank, Job.created_at, Job.id)
"""The order in which jobs are claimed."""


def lane_is_paused() -> ColumnElement[bool]:
    """Whether the job's school has paused its lane; never so for a job without a school.

    A scalar subquery and no EXISTS: the planner would join that, and could then give up the order of the
    claim's index.
    """
    paused = (
        select(SchoolLane.paused_at.is_not(None))
        .where(SchoolLane.school_id == Job.school_id, SchoolLane.lane == Job.lane)
        .correlate(Job)
        .scalar_subquery()
    )
    return func.coalesce(paused, literal(False))


def owns_lease(job_id: Any, token: Any) -> ColumnElement[bool]:
    """Whether it is this job, and runs under the lease with this token."""
    return and_(Job.id == job_id, Job.lease_token == token)


def next_seq() -> ColumnElement[int]:
    """The `seq` of a stored change."""
    return (Job.seq // SEQ_STRIDE + 1) * SEQ_STRIDE


def time_of_change() -> ColumnElement[datetime]:
    """When a change is made. `now()` is when its transaction began, which may be before another's commit that
    this change follows: by its history an attempt would then begin before the last had ended.
    """
    return func.clock_timestamp(type_=DateTime(timezone=True))


async def moved(session: AsyncSession, statement: Executable, bound: Mapping[str, object]) -> Job | None:
    """The job that a statement made by `returning_jobs` has moved, if there was one to be moved."""
    rows = await plain_rows(session, statement, bound)
    return job_of(rows[0]) if rows else None


def returning_jobs(statement: Update, *more: ColumnElement[Any]) -> Executable:
    """A statement on `job_table` that returns the columns of each changed job, and then `more`."""
    return statement.returning(*job_table.c, *more)


def job_of(row: Row[*tuple[Any, ...]]) -> Job:
    """The job of such a row. It belongs to no session, for nobody changes it through the ORM."""
    return Job(**dict(zip(_NAMES, row, strict=False)))
