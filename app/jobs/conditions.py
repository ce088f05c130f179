"""What several statements say of a job: that it may be claimed, that its lane is paused, its next `seq`."""

from sqlalchemy import ColumnElement, Integer, String, and_, func, literal, literal_column, select

from app.core.events import SEQ_STRIDE
from app.jobs.models import Job, SchoolLane
from app.jobs.states import State


def spelt(number: int) -> ColumnElement[int]:
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


waiting = and_(in_state(State.QUEUED), Job.next_retry_at.is_(None), ~Job.held)
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
