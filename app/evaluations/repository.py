"""The SQL of evaluations: which there are, who teaches them, and changing their policy."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import (
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.db import plain_rows
from app.evaluations.access_repository import FACTS, takes_part, teaches
from app.evaluations.material_repository import PERSON_COLUMNS, person_of
from app.evaluations.models import (
    Criterion,
    Evaluation,
    EvaluationTeacher,
    Participant,
    Team,
)
from app.evaluations.read_models import EvaluationFacts, EvaluationRow, PersonRow


async def evaluations(
    session: AsyncSession,
    school_id: int,
    *,
    teacher_id: int | None = None,
    student_id: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int,
) -> list[EvaluationRow]:
    """Evaluations of a school, newest first; of one teacher or one pupil when that is given."""
    own = Participant.evaluation_id == Evaluation.id
    students = select(func.count()).where(own).scalar_subquery()
    with_feedback = select(func.count()).where(own, Participant.feedback_count > 0).scalar_subquery()
    query = (
        select(
            Evaluation.id,
            Evaluation.title,
            Evaluation.course,
            Evaluation.state,
            Evaluation.release,
            Evaluation.created_at,
            literal(None) if student_id is not None else students,
            literal(None) if student_id is not None else with_feedback,
        )
        .where(Evaluation.school_id == school_id)
        .order_by(Evaluation.created_at.desc(), Evaluation.id.desc())
        .limit(limit)
    )
    if teacher_id is not None:
        query = query.where(teaches(teacher_id))
    if student_id is not None:
        query = query.where(takes_part(student_id))
    if after is not None:
        query = query.where(tuple_(Evaluation.created_at, Evaluation.id) < after)
    return [EvaluationRow(*row) for row in await session.execute(query)]


async def titles(session: AsyncSession, school_id: int, evaluation_ids: Collection[int]) -> dict[int, str]:
    """The titles of these evaluations of a school, by id."""
    query = select(Evaluation.id, Evaluation.title)
    query = query.where(Evaluation.school_id == school_id, Evaluation.id.in_(evaluation_ids))
    return {row.id: row.title for row in await session.execute(query)}


async def counts(session: AsyncSession, evaluation_id: int) -> tuple[int, int]:
    """How many pupils there are, and how many of them received a comment."""
    query = select(func.count(), func.count().filter(Participant.feedback_count > 0)).where(
        Participant.evaluation_id == evaluation_id
    )
    return (await session.execute(query)).one()


async def teachers(session: AsyncSession, school_id: int, evaluation_id: int) -> list[PersonRow]:
    """The teachers named on an evaluation, by name."""
    query = (
        select(*PERSON_COLUMNS)
        .join(EvaluationTeacher, EvaluationTeacher.user_id == User.id)
        .where(EvaluationTeacher.evaluation_id == evaluation_id, User.school_id == school_id)
        .order_by(User.family_name, User.given_name, User.id)
    )
    return [person_of(row) for row in await session.execute(query)]


async def criteria(session: AsyncSession, evaluation_id: int) -> list[str]:
    """The names of the criteria, in their order."""
    query = (
        select(Criterion.name)
        .where(Criterion.evaluation_id == evaluation_id)
        .order_by(Criterion.position, Criterion.id)
    )
    return list(await session.scalars(query))


async def teams(session: AsyncSession, evaluation_id: int) -> list[str]:
    """The names of the teams."""
    return list(
        await session.scalars(select(Team.name).where(Team.evaluation_id == evaluation_id).order_by(Team.id))
    )


async def change_evaluation(
    session: AsyncSession, school_id: int, evaluation_id: int, values: Mapping[str, object]
) -> EvaluationFacts:
    """Set columns of an evaluation that exists; returns it as it is then."""
    statement = (
        update(Evaluation)
        .where(Evaluation.id == evaluation_id, Evaluation.school_id == school_id)
        .values(**values)
        .returning(*FACTS)
    )
    (row,) = await plain_rows(session, statement, {})
    return EvaluationFacts(*row)


async def make_stale(session: AsyncSession, evaluation_id: int) -> None:
    """Raise the revision of every student: something that all summaries of the evaluation rest on changed."""
    await session.execute(
        update(Participant)
        .where(Participant.evaluation_id == evaluation_id)
        .values(revision=Participant.revision + 1)
    )


async def is_teacher_of_school(session: AsyncSession, school_id: int, user_id: int) -> bool:
    """Whether this person may be named on the school's evaluations."""
    query = select(User.id).where(
        User.id == user_id,
        User.school_id == school_id,
        or_(User.role == "teacher", User.role == "admin"),
    )
    return await session.scalar(query) is not None


async def add_teacher(session: AsyncSession, evaluation_id: int, user_id: int) -> bool:
    """Name a teacher; whether anything changed."""
    statement = (
        insert(EvaluationTeacher)
        .values(evaluation_id=evaluation_id, user_id=user_id)
        .on_conflict_do_nothing()
        .returning(EvaluationTeacher.user_id)
    )
    return await session.scalar(statement) is not None


async def remove_teacher(session: AsyncSession, evaluation_id: int, user_id: int) -> bool:
    """Take a teacher off; whether anything changed."""
    statement = (
        delete(EvaluationTeacher)
        .where(EvaluationTeacher.evaluation_id == evaluation_id, EvaluationTeacher.user_id == user_id)
        .returning(EvaluationTeacher.user_id)
    )
    return await session.scalar(statement) is not None
