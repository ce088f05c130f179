"""What several statements say of a job: that it may be claimed, that its lane is paused, its next `seq`."""

from sqlalchemy import ColumnElement, and_, func, literal, select

from app.core.events import SEQ_STRIDE
from app.jobs.models import Job, SchoolLane
from app.jobs.states import State

waiting = and_(Job.state == State.QUEUED, Job.next_retry_at.is_(None), ~Job.held)
"""As models.WAITING."""


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
