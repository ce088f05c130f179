"""SQL of the claim: one guarded statement, built once for each kind of claim that a process makes."""

import uuid
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Executable,
    and_,
    bindparam,
    func,
    not_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.models import Job
from app.jobs.quarantine import SUSPECT_AFTER
from app.jobs.sql.predicates import (
    aged,
    by_urgency,
    in_state,
    job_table,
    jobs_of,
    lane_is_paused,
    literal_int,
    moment,
    moved,
    next_seq,
    waiting,
)
from app.jobs.states import State


async def claim(
    session: AsyncSession,
    *,
    lanes: tuple[int, int],
    worker: str,
    token: uuid.UUID,
    lease: float,
    lift: bool,
    suspects: bool,
) -> Job | None:
    """Take the most urgent waiting job of the lanes from `lanes[0]` to `lanes[1]`, or None.

    With `lift`, a lower lane in which a job has waited for ten minutes comes first, the one of the oldest. In
    it, too, schools alternate: lifting the old job itself would put a school's long queue before the others.
    `lease` is in seconds of database time. A job that came back while its lane was being paused, and is not
    held yet, is passed over; so is one that many workers were lost with, unless `suspects`.
    """
    bound = {"by": worker, "new_token": token, "lease": lease}
    return await moved(session, _claim(lanes, lift, suspects), bound)


@cache
def _claim(lanes: tuple[int, int], lift: bool, suspects: bool) -> Executable:
    """To build it costs twice what running it does."""
    served = and_(Job.lane.between(literal_int(lanes[0]), literal_int(lanes[1])), not_(lane_is_paused()))
    if not suspects:
        served = and_(served, Job.losses < literal_int(SUSPECT_AFTER))
    choice = _first(served)
    if lift:
        lane = (
            select(Job.lane)
            .where(served, aged)
            .order_by(Job.waiting_since)
            .limit(literal_int(1))
            .scalar_subquery()
        )
        choice = func.coalesce(_first(and_(served, Job.lane == lane)), choice)
    return jobs_of(update(job_table).where(Job.id == choice, in_state(State.QUEUED)).values(_begun()))


def _first(condition: ColumnElement[bool]) -> Any:
    """The id of the first in line of those that nobody is claiming at this moment, as a subquery."""
    return (
        select(Job.id)
        .where(waiting, condition)
        .order_by(*by_urgency)
        .limit(literal_int(1))
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


def _begun() -> dict[str, Any]:
    """The columns that the beginning of an attempt sets."""
    return {
        "state": State.PROCESSING,
        "stage": "reading",
        "progress": 0,
        "attempt": Job.attempt + 1,
        "started_at": moment(),
        "lease_token": bindparam("new_token"),
        "lease_until": moment() + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease", type_=Double)),
        "worker": bindparam("by"),
        "error_code": None,
        "error_message": None,
        "seq": next_seq(),
    }
