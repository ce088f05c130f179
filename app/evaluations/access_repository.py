"""The SQL of access: what a person is to an evaluation, for one request and for many viewers at once."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    any_,
    bindparam,
    exists,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.db import plain_rows
from app.evaluations.models import Evaluation, EvaluationTeacher, Participant
from app.evaluations.read_models import EvaluationFacts, StudentFacts

FACTS = (
    Evaluation.id,
    Evaluation.school_id,
    Evaluation.title,
    Evaluation.course,
    Evaluation.state,
    Evaluation.release,
    Evaluation.min_reviewers,
    Evaluation.show_quotes,
)
"""In the order of EvaluationFacts."""


class Relation(NamedTuple):
    """An evaluation, and whether a person is named as its teacher or takes part in it."""

    evaluation: EvaluationFacts
    teaches: bool
    takes_part: bool


class Membership(NamedTuple):
    """A person in an evaluation of a school."""

    school_id: int
    evaluation_id: int
    user_id: int


def teaches(user_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """Whether this person is named as a teacher of the evaluation of the enclosing statement."""
    named = and_(EvaluationTeacher.evaluation_id == Evaluation.id, EvaluationTeacher.user_id == user_id)
    return exists().where(named).correlate(Evaluation)


def takes_part(user_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """Whether this person takes part in the evaluation of the enclosing statement."""
    listed = and_(Participant.evaluation_id == Evaluation.id, Participant.student_id == user_id)
    return exists().where(listed).correlate(Evaluation)


_USER_ID = bindparam("user_id", type_=BigInteger)
_OF_SCHOOL = and_(
    Evaluation.id == bindparam("evaluation_id", type_=BigInteger),
    Evaluation.school_id == bindparam("school_id", type_=BigInteger),
)
_EVALUATION = select(*FACTS).where(_OF_SCHOOL)
_RELATION = select(*FACTS, teaches(_USER_ID), takes_part(_USER_ID)).where(_OF_SCHOOL)
_RELATION_AND_STUDENT = (
    _RELATION.add_columns(
        User.id,
        User.given_name,
        User.infix,
        User.family_name,
        Participant.revision,
        Participant.feedback_count,
        Participant.reviewer_count,
    )
    .outerjoin(
        Participant,
        and_(
            Participant.evaluation_id == Evaluation.id,
            Participant.student_id == bindparam("student_id", type_=BigInteger),
        ),
    )
    .outerjoin(User, User.id == Participant.student_id)
)
_WIDTH = len(FACTS)


async def evaluation(session: AsyncSession, school_id: int, evaluation_id: int) -> EvaluationFacts | None:
    """An evaluation of this school."""
    rows = await plain_rows(session, _EVALUATION, {"school_id": school_id, "evaluation_id": evaluation_id})
    return EvaluationFacts(*rows[0]) if rows else None


async def relation(
    session: AsyncSession, school_id: int, user_id: int, evaluation_id: int
) -> Relation | None:
    """What a person is to an evaluation of this school."""
    bound = {"school_id": school_id, "user_id": user_id, "evaluation_id": evaluation_id}
    rows = await plain_rows(session, _RELATION, bound)
    return Relation(EvaluationFacts(*rows[0][:_WIDTH]), *rows[0][_WIDTH:]) if rows else None


async def relation_and_student(
    session: AsyncSession, school_id: int, user_id: int, evaluation_id: int, student_id: int
) -> tuple[Relation, StudentFacts | None] | None:
    """As `relation`, with a student of the evaluation; no student when that person takes no part in it."""
    bound = {"school_id": school_id, "user_id": user_id, "evaluation_id": evaluation_id}
    rows = await plain_rows(session, _RELATION_AND_STUDENT, bound | {"student_id": student_id})
    if not rows:
        return None
    row = rows[0]
    student = None if row[_WIDTH + 2] is None else StudentFacts(*row[_WIDTH + 2 :])
    return Relation(EvaluationFacts(*row[:_WIDTH]), row[_WIDTH], row[_WIDTH + 1]), student


_THESE = Evaluation.id == any_(bindparam("evaluations", type_=ARRAY(BigInteger)))
_PEOPLE = any_(bindparam("people", type_=ARRAY(BigInteger)))

_TEACHERS = (
    select(Evaluation.school_id, Evaluation.id, EvaluationTeacher.user_id)
    .join(EvaluationTeacher, EvaluationTeacher.evaluation_id == Evaluation.id)
    .where(_THESE, EvaluationTeacher.user_id == _PEOPLE)
)
_STUDENTS = (
    select(Evaluation.school_id, Evaluation.id, Participant.student_id)
    .join(Participant, Participant.evaluation_id == Evaluation.id)
    .where(_THESE, Participant.student_id == _PEOPLE)
)


async def teachers_among(session: AsyncSession, memberships: Collection[Membership]) -> set[Membership]:
    """Those of these, of any school, who are named as a teacher."""
    return await _among(session, _TEACHERS, memberships)


async def students_among(session: AsyncSession, memberships: Collection[Membership]) -> set[Membership]:
    """Those of these, of any school, who take part."""
    return await _among(session, _STUDENTS, memberships)


async def _among(
    session: AsyncSession, statement: Select[int, int, int], memberships: Collection[Membership]
) -> set[Membership]:
    if not memberships:
        return set()
    bound = {
        "evaluations": list({one.evaluation_id for one in memberships}),
        "people": list({one.user_id for one in memberships}),
    }
    return {Membership(*row) for row in await plain_rows(session, statement, bound)} & set(memberships)
