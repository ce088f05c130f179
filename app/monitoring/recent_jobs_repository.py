"""SQL of the recent jobs of a school: an administrator sees all, a teacher those of their evaluations."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.principal import Principal
from app.evaluations.models import Evaluation, EvaluationTeacher
from app.jobs.models import Job
from app.jobs.sql.predicates import has_status, of_summaries, unfinished
from app.jobs.states import UNFINISHED, Status

STATUS_CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    status: and_(unfinished, has_status(status)) if status.state in UNFINISHED else has_status(status)
    for status in Status
}
"""The effective statuses to filter by. `unfinished` is for the index of unfinished jobs."""


async def recent(
    session: AsyncSession,
    user: Principal,
    *,
    status: str | None,
    lane: int | None,
    cause: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[tuple[Job, str, str]]:
    """At most `limit` jobs with the student's name and the evaluation's title, newest first.

    `status` is a key of STATUS_CONDITIONS, `lane` an index into LANES, `cause` an error code; None is any.
    `after` is the creation time and id of the job that the first one follows.
    """
    statement = (
        select(Job, User, Evaluation.title)
        .join(User, User.id == Job.student_id)
        .join(Evaluation, Evaluation.id == Job.evaluation_id)
        .where(*_visible_to(user))
    )
    if status is not None:
        statement = statement.where(STATUS_CONDITIONS[status])
    if lane is not None:
        statement = statement.where(Job.lane == lane)
    if cause is not None:
        statement = statement.where(Job.error_code == cause)
    if after is not None:
        statement = statement.where(tuple_(Job.created_at, Job.id) < after)
    statement = statement.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    return [(job, student.name, title) for job, student, title in await session.execute(statement)]


async def visible_jobs(session: AsyncSession, user: Principal, job_ids: Sequence[str]) -> list[Job]:
    """Those of these jobs that this person may see."""
    return list(await session.scalars(select(Job).where(Job.id.in_(job_ids), *_visible_to(user))))


async def evaluations_of_teacher(session: AsyncSession, user: Principal) -> set[int]:
    """The evaluations that this person teaches."""
    return set(await session.scalars(_of_teacher(user)))


def _of_teacher(user: Principal) -> Select[int]:
    return select(EvaluationTeacher.evaluation_id).where(EvaluationTeacher.user_id == user.user_id)


def _visible_to(user: Principal) -> list[ColumnElement[bool]]:
    of_school = [Job.school_id == user.school_id, of_summaries]
    return of_school if user.role == "admin" else [*of_school, Job.evaluation_id.in_(_of_teacher(user))]
