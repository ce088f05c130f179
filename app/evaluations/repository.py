"""The SQL of evaluations: which there are, who teaches them, and changing their policy."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Select,
    and_,
    any_,
    bindparam,
    delete,
    exists,
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
from app.evaluations.material_repository import PERSON_COLUMNS, person_of
from app.evaluations.models import (
    Criterion,
    Evaluation,
    EvaluationTeacher,
    Participant,
    Team,
)
from app.evaluations.read_models import EvaluationRow, PersonRow


class Standing(NamedTuple):
    """An evaluation, and what a person is to it."""

    evaluation: Evaluation
    teaches: bool
    takes_part: bool


def _named(user_id: int | BindParameter[int]) -> Select[int]:
    mine = and_(EvaluationTeacher.evaluation_id == Evaluation.id, EvaluationTeacher.user_id == user_id)
    return select(EvaluationTeacher.user_id).where(mine).correlate(Evaluation)


def _takes_part(user_id: int | BindParameter[int]) -> Select[int]:
    mine = and_(Participant.evaluation_id == Evaluation.id, Participant.student_id == user_id)
    return select(Participant.student_id).where(mine).correlate(Evaluation)


_ME = bindparam("user_id", type_=BigInteger)

_STANDING = select(Evaluation, _named(_ME).exists(), _takes_part(_ME).exists()).where(
    Evaluation.id == bindparam("evaluation_id"), Evaluation.school_id == bindparam("school_id")
)


async def standing(
    session: AsyncSession, school_id: int, user_id: int, evaluation_id: int
) -> Standing | None:
    """The evaluation and whether the person teaches it or takes part in it."""
    sought = {"school_id": school_id, "user_id": user_id, "evaluation_id": evaluation_id}
    row = (await session.execute(_STANDING, sought)).one_or_none()
    return Standing(*row) if row else None


_STANDING_AND_STUDENT = (
    _STANDING.add_columns(Participant, User)
    .outerjoin(
        Participant,
        and_(Participant.evaluation_id == Evaluation.id, Participant.student_id == bindparam("student_id")),
    )
    .outerjoin(User, User.id == Participant.student_id)
)


async def standing_and_student(
    session: AsyncSession, school_id: int, user_id: int, evaluation_id: int, student_id: int
) -> tuple[Standing, Participant | None, User | None] | None:
    """As `standing`, and a pupil's place in the evaluation; no place when the pupil takes no part in it."""
    sought = {"school_id": school_id, "user_id": user_id, "evaluation_id": evaluation_id}
    row = (await session.execute(_STANDING_AND_STUDENT, sought | {"student_id": student_id})).one_or_none()
    return None if row is None else (Standing(*row[:3]), row[3], row[4])


_THESE = Evaluation.id == any_(bindparam("evaluations", type_=ARRAY(BigInteger)))
_PEOPLE = any_(bindparam("people", type_=ARRAY(BigInteger)))

_TAUGHT = (
    select(Evaluation.school_id, Evaluation.id, EvaluationTeacher.user_id)
    .join(EvaluationTeacher, EvaluationTeacher.evaluation_id == Evaluation.id)
    .where(_THESE, EvaluationTeacher.user_id == _PEOPLE)
)

_TAKEN_PART_IN = (
    select(Evaluation.school_id, Evaluation.id, Participant.student_id)
    .join(Participant, Participant.evaluation_id == Evaluation.id)
    .where(_THESE, Participant.student_id == _PEOPLE)
)


class Place(NamedTuple):
    """Somebody in an evaluation of a school."""

    school_id: int
    evaluation_id: int
    user_id: int


async def teachers_among(session: AsyncSession, places: Collection[Place]) -> set[Place]:
    """Those of these who are named as a teacher, of whatever school: for the check of many viewers."""
    return await _among(session, _TAUGHT, places)


async def students_among(session: AsyncSession, places: Collection[Place]) -> set[Place]:
    """Those of these who take part; as `teachers_among`."""
    return await _among(session, _TAKEN_PART_IN, places)


async def _among(
    session: AsyncSession, statement: Select[int, int, int], places: Collection[Place]
) -> set[Place]:
    if not places:
        return set()
    evaluations = {one.evaluation_id for one in places}
    people = {one.user_id for one in places}
    rows = await session.execute(statement, {"evaluations": list(evaluations), "people": list(people)})
    return {Place(*row) for row in rows} & set(places)


async def evaluation(session: AsyncSession, school_id: int, evaluation_id: int) -> Evaluation | None:
    """An evaluation of this school."""
    return await session.scalar(
        select(Evaluation).where(Evaluation.id == evaluation_id, Evaluation.school_id == school_id)
    )


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
        query = query.where(_named(teacher_id).exists())
    if student_id is not None:
        query = query.where(_takes_part(student_id).exists())
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
) -> None:
    """Set columns of an evaluation."""
    await session.execute(
        update(Evaluation)
        .where(Evaluation.id == evaluation_id, Evaluation.school_id == school_id)
        .values(**values)
    )


async def make_stale(session: AsyncSession, school_id: int, evaluation_id: int) -> None:
    """Raise the revision of every pupil of an evaluation: something that all summaries rest on changed."""
    await session.execute(
        update(Participant)
        .where(
            Participant.evaluation_id == evaluation_id,
            exists().where(and_(Evaluation.id == evaluation_id, Evaluation.school_id == school_id)),
        )
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


async def state_of(session: AsyncSession, school_id: int, evaluation_id: int) -> str | None:
    """The state of an evaluation of this school."""
    query = select(Evaluation.state).where(Evaluation.id == evaluation_id, Evaluation.school_id == school_id)
    return await session.scalar(query)
