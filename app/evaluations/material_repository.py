"""The SQL of the students of an evaluation and of what was written about them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
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
from app.evaluations.read_models import CommentRow, MaterialRows, ParticipantRow, PersonRow

PERSON_COLUMNS = (
    User.id,
    User.given_name,
    User.infix,
    User.family_name,
    User.aliases,
    User.email,
    User.number,
)
"""In the order of PersonRow, which is decoded from a JSON array of them."""


async def participants(session: AsyncSession, school_id: int, evaluation_id: int) -> list[ParticipantRow]:
    """Every student of an evaluation, by family name."""
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


async def students_with_feedback(session: AsyncSession, evaluation_id: int) -> list[int]:
    """Ids of the students who received at least one comment, in a fixed order."""
    query = (
        select(Participant.student_id)
        .where(Participant.evaluation_id == evaluation_id, Participant.feedback_count > 0)
        .order_by(Participant.student_id)
    )
    return list(await session.scalars(query))


async def student_ids(session: AsyncSession, evaluation_id: int, wanted: Sequence[int]) -> set[int]:
    """Which of these people take part in an evaluation."""
    query = select(Participant.student_id).where(
        Participant.evaluation_id == evaluation_id, one_of(Participant.student_id, wanted)
    )
    return set(await session.scalars(query))


async def material(
    session: AsyncSession, school_id: int, evaluation_id: int, student_id: int
) -> MaterialRows | None:
    """Language, policy, revision, every name to leave out, and every comment with text; None if unknown.

    One statement: a comment that arrives meanwhile is in both the comments and the revision, or in neither.
    """
    bound = {"school_id": school_id, "evaluation_id": evaluation_id, "student_id": student_id}
    rows = await plain_rows(session, MATERIAL, bound)
    return decode_material(rows[0]) if rows else None


def decode_material(row: Sequence[Any]) -> MaterialRows:
    """The material in the first MATERIAL_WIDTH columns of a row. People and comments are JSON there."""
    locale, min_reviewers, revision, people, comments = row[:MATERIAL_WIDTH]
    return MaterialRows(
        comments=tuple(_COMMENTS.decode(comments)),
        roster=tuple(_ROSTER.decode(people)),
        locale="en" if locale == "en" else "nl",
        min_reviewers=min_reviewers,
        revision=revision,
    )


async def reviewers(
    session: AsyncSession, school_id: int, evaluation_id: int, entry_ids: Sequence[int]
) -> list[tuple[int, User]]:
    """Who wrote these comments. Comments of other evaluations are left out."""
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
    """The person in a row of PERSON_COLUMNS."""
    user_id, given, infix, family, aliases, email, number = row
    return PersonRow(user_id, given, infix, family, tuple(aliases), email, number)


# Every job reads these, so they are built once: to build such a statement costs more than to run it.
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
    """All rows as one JSON text. Read as rows, they took up to a tenth of a summary's processor time."""
    rows = func.json_agg(aggregate_order_by(row, order))
    return cast(func.coalesce(rows, literal_column("'[]'::json")), Text)


def _people() -> Any:
    """All people of an evaluation, each looked up by id.

    With a join PostgreSQL would scan all accounts until there are many tens of thousands, because it expects
    more people here than there are.
    """
    person = _PEOPLE.subquery("person")
    person_id = person.c.student_id
    row = select(func.json_build_array(*PERSON_COLUMNS)).where(User.id == person_id).scalar_subquery()
    return select(_as_json(row, person_id)).select_from(person).scalar_subquery()


MATERIAL = (
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
"""A summary's material, in the columns of `decode_material`.

Its parameters are school_id, evaluation_id and student_id.
"""
MATERIAL_WIDTH = len(MATERIAL.selected_columns)
_ROSTER = msgspec.json.Decoder(list[PersonRow])
_COMMENTS = msgspec.json.Decoder(list[CommentRow])
