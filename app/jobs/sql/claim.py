"""SQL of the claim: one guarded statement, built once for each kind of claim that a process makes."""

import uuid
from dataclasses import dataclass
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
from app.jobs.quarantine import QUARANTINE_AFTER_LOSSES
from app.jobs.sql.predicates import (
    aged,
    by_urgency,
    in_state,
    job_table,
    lane_is_paused,
    literal_int,
    moved,
    next_seq,
    of_tasks,
    returning_jobs,
    time_of_change,
    waiting,
)
from app.jobs.states import FIRST_STAGE, Move


@dataclass(frozen=True, slots=True)
class Choice:
    """Which jobs a process may claim now.

    `tasks` are those that it has handlers for; `lanes` the first and the last of its lanes, as indexes into
    LANES. With `lift`, a lower lane in which a job has waited for ten minutes comes first, the one of the
    oldest job. Without `quarantined`, jobs that several workers were lost with are passed over.
    """

    tasks: tuple[str, ...]
    lanes: tuple[int, int]
    lift: bool = False
    quarantined: bool = True


async def claim(
    session: AsyncSession, choice: Choice, *, worker: str, token: uuid.UUID, lease: float
) -> Job | None:
    """Take the most urgent waiting job of the choice for `lease` seconds of database time, or None.

    In a lane that is lifted schools alternate too: to lift the old job itself would put a school's long queue
    before the others. A job that came back while its lane was being paused, and is not held yet, is passed
    over.
    """
    return await moved(session, _claim(choice), {"by": worker, "new_token": token, "lease": lease})


@cache
def _claim(choice: Choice) -> Executable:
    """To build it costs twice what running it does."""
    first, last = choice.lanes
    served = and_(
        Job.lane.between(literal_int(first), literal_int(last)),
        of_tasks(choice.tasks),
        not_(lane_is_paused()),
    )
    if not choice.quarantined:
        served = and_(served, Job.losses < literal_int(QUARANTINE_AFTER_LOSSES))
    chosen = _first(served)
    if choice.lift:
        lane = (
            select(Job.lane)
            .where(served, aged)
            .order_by(Job.waiting_since)
            .limit(literal_int(1))
            .scalar_subquery()
        )
        chosen = func.coalesce(_first(and_(served, Job.lane == lane)), chosen)
    guard = in_state(*Move.CLAIM.source_states)
    return returning_jobs(update(job_table).where(Job.id == chosen, guard).values(_begun()))


def _first(condition: ColumnElement[bool]) -> Any:
    """The id of the first in line of those that nobody else is claiming, as a subquery."""
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
    now = time_of_change()
    return {
        "state": Move.CLAIM.target_state,
        "stage": FIRST_STAGE,
        "progress": 0,
        "attempt": Job.attempt + 1,
        "started_at": now,
        "lease_token": bindparam("new_token"),
        "lease_until": now + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease", type_=Double)),
        "worker": bindparam("by"),
        "error_code": None,
        "error_message": None,
        "seq": next_seq(),
    }
