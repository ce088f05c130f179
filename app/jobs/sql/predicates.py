"""What several statements say of a job: that it may be claimed or is paused, when it changes, its next `seq`.

And how the rows that a statement has moved become jobs.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
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
from app.jobs.states import State


def literal_int(number: int) -> ColumnElement[int]:
    """A number that stands in the statement itself: a limit, or what an index's condition names.

    PostgreSQL keeps the plan of a prepared statement only if that is as good as one for the very values. The
    indexes of live jobs hold rows of some states and lanes only, and while those, or a limit, are parameters
    no kept plan can rely on them: the claim would be planned anew each time, for half of what it costs.
    """
    return literal_column(str(number), Integer)


def in_state(*states: State) -> ColumnElement[bool]:
    """Whether a job is in one of these states, which are spelt out for the same reason."""
    words = [literal_column(f"'{state}'", String) for state in states]
    return Job.state.in_(words) if len(words) > 1 else Job.state == words[0]


job_table = cast(Table, Job.__table__)
"""For statements that are built once; those of the mapped class are taken apart at each run."""

_NAMES = tuple(job_table.c.keys())

live = Job.completed_at.is_(None)
"""Whether a job waits or runs, for those who look for jobs by evaluation or school. A change of a job that is
named is guarded by `in_state`: by this it could be sought among all live ones."""

waiting = and_(Job.waiting)
"""Whether a job may be claimed now. Only the index of the claim and of counts goes with it."""

LIFT_AFTER = literal_column("interval '10 minutes'", Interval)
"""A lower lane in which a job has waited longer than this may be served out of turn."""

aged = and_(
    *(in_state(State.QUEUED), Job.next_retry_at.is_(None), ~Job.held, Job.lane > literal_int(0)),
    Job.waiting_since < func.now() - LIFT_AFTER,
)
"""A job for which its lane may be. As models.WAITING says it: only the index by age goes with that."""

by_urgency = (Job.lane, Job.rank, Job.created_at, Job.id)
"""The order in which jobs are claimed."""


def lane_is_paused() -> ColumnElement[bool]:
    """Whether the job's school has paused its lane.

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


def next_seq() -> ColumnElement[int]:
    """The `seq` of a stored change."""
    return (Job.seq // SEQ_STRIDE + 1) * SEQ_STRIDE


def moment() -> ColumnElement[datetime]:
    """When a change is made. `now()` is when its transaction began, which may be before another's commit that
    this change follows: by its history an attempt would then begin before the last had ended.
    """
    return func.clock_timestamp(type_=DateTime(timezone=True))


async def moved(session: AsyncSession, statement: Executable, bound: Mapping[str, object]) -> Job | None:
    """The job that a statement made by `jobs_of` has moved, if it was there to be moved."""
    rows = await plain_rows(session, statement, bound)
    return job_of(rows[0]) if rows else None


def jobs_of(statement: Update, *more: ColumnElement[Any]) -> Executable:
    """A statement on `job_table` whose rows have what a job is made of, as it is after it, and then more."""
    return statement.returning(*job_table.c, *more)


def job_of(row: Row[*tuple[Any, ...]]) -> Job:
    """A job of such a row. It belongs to no session, for nobody changes it through the ORM."""
    return Job(**dict(zip(_NAMES, row, strict=False)))
