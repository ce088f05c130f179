"""The SQL of what people are in an evaluation and what was written about them: class lists and material."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, func, literal, select, union
from sqlalchemy.ext.asyncio import AsyncSession

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
from app.evaluations.rows import CommentRow, ParticipantRow, PersonRow

PERSON_COLUMNS = (
    User.id,
    User.given_name,
    User.infix,
    User.family_name,
    User.aliases,
    User.email,
    User.number,
)


class StudentFacts(NamedTuple):
    """What is read of a pupil and the evaluation before the comments."""

    school_locale: str
    locale: str | None
    min_reviewers: int
    revision: int


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


async def facts_and_roster(
    session: AsyncSession, school_id: int, evaluation_id: int, student_id: int
) -> tuple[StudentFacts, list[PersonRow]] | None:
    """The pupil's language, the policy, the revision, and every name to leave out; None if unknown."""
    bound = {"school_id": school_id, "evaluation_id": evaluation_id, "student_id": student_id}
    rows = await plain_rows(session, _FACTS_AND_ROSTER, bound)
    if not rows:
        return None
    school_locale, min_reviewers, revision = rows[0][:3]
    locale = next(row[4] for row in rows if row[3])
    facts = StudentFacts(school_locale, locale, min_reviewers, revision)
    return facts, [person_of(row[5:]) for row in rows]


async def comments(
    session: AsyncSession, school_id: int, evaluation_id: int, student_id: int
) -> list[CommentRow]:
    """Every comment with text about a pupil, in the order in which they were stored."""
    bound = {"school_id": school_id, "evaluation_id": evaluation_id, "student_id": student_id}
    return [
        CommentRow(entry_id, text or "", reviewer_id, criterion, "self" if kind == "self" else "peer")
        for entry_id, text, reviewer_id, criterion, kind in await plain_rows(session, _COMMENTS, bound)
    ]


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
    select(Participant.student_id.label("user_id")).where(Participant.evaluation_id == _EVALUATION_ID),
    select(EvaluationTeacher.user_id).where(EvaluationTeacher.evaluation_id == _EVALUATION_ID),
    select(FeedbackEntry.reviewer_id).where(FeedbackEntry.evaluation_id == _EVALUATION_ID),
).subquery()
_FACTS_AND_ROSTER = (
    select(
        School.locale,
        Evaluation.min_reviewers,
        Participant.revision,
        User.id == _STUDENT_ID,
        User.locale,
        *PERSON_COLUMNS,
    )
    .select_from(Participant)
    .join(Evaluation, Evaluation.id == Participant.evaluation_id)
    .join(School, School.id == Evaluation.school_id)
    .join(_PEOPLE, literal(True))
    .join(User, User.id == _PEOPLE.c.user_id)
    .where(
        Evaluation.school_id == _SCHOOL_ID,
        Participant.evaluation_id == _EVALUATION_ID,
        Participant.student_id == _STUDENT_ID,
    )
    .order_by(User.id)
)
_COMMENTS = (
    select(
        FeedbackEntry.id,
        FeedbackEntry.comment,
        FeedbackEntry.reviewer_id,
        func.coalesce(Criterion.name, ""),
        FeedbackEntry.kind,
    )
    .outerjoin(Criterion, Criterion.id == FeedbackEntry.criterion_id)
    .where(
        FeedbackEntry.school_id == _SCHOOL_ID,
        FeedbackEntry.evaluation_id == _EVALUATION_ID,
        FeedbackEntry.reviewee_id == _STUDENT_ID,
        FeedbackEntry.comment.is_not(None),
    )
    .order_by(FeedbackEntry.id)
)
