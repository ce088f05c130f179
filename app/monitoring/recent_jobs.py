"""The recent jobs of a school in pages: all for an administrator, of the own evaluations for a teacher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.principal import Principal
from app.core.paging import decode_cursor, encode_cursor
from app.evaluations.models import Evaluation, EvaluationTeacher
from app.jobs.models import Job
from app.jobs.sql.predicates import live
from app.jobs.states import ERRORS, State
from app.settings import LANES

STATES: Mapping[str, ColumnElement[bool]] = {
    "queued": and_(live, Job.waiting),
    "held": and_(live, Job.held),
    "retrying": and_(live, Job.state == State.QUEUED, Job.next_retry_at.is_not(None), ~Job.held),
    "processing": and_(live, Job.state == State.PROCESSING),
    "completed": Job.state == State.COMPLETED,
    "failed": Job.state == State.FAILED,
    "cancelled": Job.state == State.CANCELLED,
}
"""What can be asked for: the states, with `queued` told apart by what a job waits for."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs; empty words ask for all, and so do words that we do not know."""

    status: str = ""
    lane: str = ""
    cause: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of a query."""
        found: list[ColumnElement[bool]] = []
        if self.status in STATES:
            found.append(STATES[self.status])
        if self.lane in LANES:
            found.append(Job.lane == LANES.index(self.lane))
        if self.cause in ERRORS:
            found.append(Job.error_code == self.cause)
        return found


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job, whose summary it makes, and for which evaluation."""

    job: Job
    student: str
    title: str


@dataclass(frozen=True, slots=True)
class Lines:
    """One page, newest first; `next_cursor` is None on the last."""

    lines: Sequence[JobLine]
    next_cursor: str | None


async def page(
    session: AsyncSession, user: Principal, chosen: JobFilter, cursor: str | None, limit: int
) -> Lines:
    """One page. Raises BadInput for a cursor that is not ours."""
    statement = (
        select(Job, User, Evaluation.title)
        .join(User, User.id == Job.student_id)
        .join(Evaluation, Evaluation.id == Job.evaluation_id)
        .where(*_visible(user), *chosen.conditions())
    )
    if cursor:
        statement = statement.where(tuple_(Job.created_at, Job.id) < decode_cursor(cursor))
    statement = statement.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit + 1)
    rows = (await session.execute(statement)).all()
    lines = [JobLine(job, student.name, title) for job, student, title in rows[:limit]]
    last = lines[-1].job if len(rows) > limit else None
    return Lines(lines, encode_cursor(last.created_at, last.id) if last is not None else None)


async def named(session: AsyncSession, user: Principal, ids: Sequence[str]) -> list[Job]:
    """Of these jobs those that this person may see."""
    return list(await session.scalars(select(Job).where(Job.id.in_(ids), *_visible(user))))


async def taught(session: AsyncSession, user: Principal) -> set[int] | None:
    """The evaluations whose jobs this person may see; None for all of the school."""
    return None if user.role == "admin" else set(await session.scalars(_of_teacher(user)))


def _of_teacher(user: Principal) -> Select[int]:
    return select(EvaluationTeacher.evaluation_id).where(EvaluationTeacher.user_id == user.user_id)


def _visible(user: Principal) -> list[ColumnElement[bool]]:
    """As conditions of a query."""
    of_school = Job.school_id == user.school_id
    return [of_school] if user.role == "admin" else [of_school, Job.evaluation_id.in_(_of_teacher(user))]
