"""The SQL of what people are in an evaluation and what was written about them: class lists and material."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import School, User
from app.core.db import one_of, plain_rows
from app.evaluations.models import (
    Criterion,
    Evaluation,
    EvaluationTeacher,
    FeedbackEntry,
    Participant,
    Team,
)
from app.evaluations.read_models import CommentRow, ParticipantRow, PersonRow

# In the order of PersonRow, which is read from JSON by place.
PERSON_COLUMNS = (
    User.id,
    User.given_name,
    User.infix,
    User.family_name,
    User.aliases,
    User.email,
    User.number,
)


MaterialStatement = Select[*tuple[Any, ...]]


class StudentRow(NamedTuple):
    """What is read of a pupil and the evaluation; people and comments are JSON."""

    locale: str
    min_reviewers: int
    revision: int
    people: str
    comments: str


async def participants(session: AsyncSession, school_id: int, evaluation_id: int) -> list[ParticipantRow]:
    """Every pupil of an evaluation, by family name."""
    query = (
        select(
            User.id.label("student_id"),
            User.given_name,
            User.infix,
            User.family_name,
            User.number,
            User.class_name,
            Team.name.label("team"),
            Participant.feedback_count,
            Participant.reviewer_count,
            Participant.revision,
        )
        .select_from(Participant)
        .join(Evaluation, Evaluation.id == Participant.evaluation_id)
        .join(User, User.id == Participant.student_id)
        .outerjoin(Team, Team.id == Participant.team_id)
        .where(Evaluation.school_id == school_id, Participant.evaluation_id == evaluation_id)
        .order_by(User.family_name, User.given_name, User.id)
    )
    return [ParticipantRow(**row._mapping) for row in await session.execute(query)]


async def students_with_feedback(session: AsyncSession, school_id: int, evaluation_id: int) -> list[int]:
    """Ids of the pupils who received at least one comment, in a fixed order."""
    query = (
        select(Participant.student_id)
        .join(Evaluation, Evaluation.id == Participant.evaluation_id)
        .where(
            Evaluation.school_id == school_id,
            Participant.evaluation_id == evaluation_id,
            Participant.feedback_count > 0,
        )
        .order_by(Participant.student_id)
    )
    return list(await session.scalars(query))


async def student_ids(
    session: AsyncSession, school_id: int, evaluation_id: int, wanted: Sequence[int]
) -> set[int]:
    """Which of these people take part in an evaluation of this school."""
    query = (
        select(Participant.student_id)
        .join(Evaluation, Evaluation.id == Participant.evaluation_id)
        .where(
            Evaluation.school_id == school_id,
            Participant.evaluation_id == evaluation_id,
            one_of(Participant.student_id, wanted),
        )
    )
    return set(await session.scalars(query))


async def material(
    session: AsyncSession, statement: MaterialStatement, school_id: int, evaluation_id: int, student_id: int
) -> tuple[StudentRow, list[PersonRow], list[CommentRow], Sequence[Any]] | None:
    """Language, policy, revision, every name to leave out, and every comment with text; None if unknown.

    One statement: a comment that arrives meanwhile is in the comments and the revision, or in neither. It is
    MATERIAL, or made of it by adding columns, whose values come last.
    """
    bound = {"school_id": school_id, "evaluation_id": evaluation_id, "student_id": student_id}
    rows = await plain_rows(session, statement, bound)
    if not rows:
        return None
    width = len(StudentRow._fields)
    student = StudentRow(*rows[0][:width])
    return student, _PEOPLE_OF.decode(student.people), _COMMENTS_OF.decode(student.comments), rows[0][width:]


async def reviewers(
    session: AsyncSession, school_id: int, evaluation_id: int, entry_ids: Sequence[int]
) -> list[tuple[int, User]]:
    """Who wrote these comments; ids of other evaluations are left out."""
    query = (
        select(FeedbackEntry.id, User)
        .join(User, User.id == FeedbackEntry.reviewer_id)
        .where(
            FeedbackEntry.school_id == school_id,
            FeedbackEntry.evaluation_id == evaluation_id,
            FeedbackEntry.id.in_(entry_ids),
        )
        .order_by(FeedbackEntry.id)
    )
    return list(await session.execute(query))


def person_of(
    row: tuple[int, str, str, str, list[str], str | None, str | None],
) -> PersonRow:
    """A row of PERSON_COLUMNS."""
    user_id, given, infix, family, aliases, email, number = row
    return PersonRow(user_id, given, infix, family, tuple(aliases), email, number)


# What every job reads is built once: to build such a statement costs more than to run it.
_SCHOOL_ID, _EVALUATION_ID, _STUDENT_ID = (
    bindparam(name, type_=BigInteger) for name in ("school_id", "evaluation_id", "student_id")
)
_PEOPLE = union(
    select(Participant.student_id).where(Participant.evaluation_id == _EVALUATION_ID),
    select(EvaluationTeacher.user_id).where(EvaluationTeacher.evaluation_id == _EVALUATION_ID),
    select(FeedbackEntry.reviewer_id).where(FeedbackEntry.evaluation_id == _EVALUATION_ID),
)
_STUDENT = aliased(User)


def _as_json(row: Any, order: Any) -> Any:
    """All rows as one JSON text. Taken as rows, a class was up to a tenth of a summary's processor time."""
    rows = func.json_agg(aggregate_order_by(row, order))
    return cast(func.coalesce(rows, literal_column("'[]'::json")), Text)


def _people() -> Any:
    """All people of an evaluation, each looked up by id.

    Joined, they would be sought among all accounts end to end until those are many tens of thousands, for
    PostgreSQL expects more people here than there are.
    """
    person = _PEOPLE.subquery("person")
    person_id = person.c.student_id
    row = select(func.json_build_array(*PERSON_COLUMNS)).where(User.id == person_id).scalar_subquery()
    return select(_as_json(row, person_id)).select_from(person).scalar_subquery()


MATERIAL: MaterialStatement = (
    select(
        func.coalesce(_STUDENT.locale, School.locale),
        Evaluation.min_reviewers,
        Participant.revision,
        _people(),
        select(
            _as_json(
                func.json_build_array(
                    FeedbackEntry.id,
                    FeedbackEntry.comment,
                    FeedbackEntry.reviewer_id,
                    func.coalesce(Criterion.name, ""),
                    case((FeedbackEntry.kind == "self", "self"), else_="peer"),
                ),
                FeedbackEntry.id,
            )
        )
        .outerjoin(Criterion, Criterion.id == FeedbackEntry.criterion_id)
        .where(
            FeedbackEntry.school_id == _SCHOOL_ID,
            FeedbackEntry.evaluation_id == _EVALUATION_ID,
            FeedbackEntry.reviewee_id == _STUDENT_ID,
            FeedbackEntry.comment.is_not(None),
        )
        .scalar_subquery(),
    )
    .select_from(Participant)
    .join(Evaluation, Evaluation.id == Participant.evaluation_id)
    .join(School, School.id == Evaluation.school_id)
    .join(_STUDENT, _STUDENT.id == Participant.student_id)
    .where(
        Evaluation.school_id == _SCHOOL_ID,
        Participant.evaluation_id == _EVALUATION_ID,
        Participant.student_id == _STUDENT_ID,
    )
)
_PEOPLE_OF = msgspec.json.Decoder(list[PersonRow])
_COMMENTS_OF = msgspec.json.Decoder(list[CommentRow])
