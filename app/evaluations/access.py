"""Who may see and change what of an evaluation: all object-level rules (PRODUCT.md 1).

The rules are asked once for a request, where it enters: in an API handler, a page or the admission of a
stream. They return an authorised value, and services take that value in place of a user and an id. No other
module makes such values, so a service that takes one cannot be called without a rule having allowed it.

Every rule takes the school from the principal. An object that a person may not know of is NotFound, as one
that does not exist. What a person can see but may not do is Forbidden.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import NamedTuple, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal, Role
from app.core.errors import Forbidden, NotFound
from app.evaluations import access_repository as repository
from app.evaluations.access_repository import Membership, Relation
from app.evaluations.read_models import EvaluationFacts, StudentFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedEvaluation(EvaluationFacts):
    """An evaluation that a person may know of, and what this person is to it."""

    user_id: int | None
    """The person. None: a schedule whose maker no longer exists."""
    role: Role
    teaches: bool
    """Named as a teacher of this evaluation, and so allowed to read its comments."""

    @property
    def is_staff(self) -> bool:
        """A teacher or an administrator."""
        return self.role != "pupil"


@dataclass(frozen=True, slots=True)
class ManagedEvaluation(AuthorisedEvaluation):
    """An evaluation that the person runs, as a teacher of it or as the school's administrator."""


@dataclass(frozen=True, slots=True)
class TaughtEvaluation(ManagedEvaluation):
    """An evaluation whose comments the person may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedStudent(StudentFacts):
    """A student in an evaluation whom a person may see."""

    evaluation: AuthorisedEvaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtStudent(AuthorisedStudent):
    """A student in an evaluation whose comments the person may read."""

    evaluation: TaughtEvaluation


E = TypeVar("E", bound=AuthorisedEvaluation)
_of_evaluation = attrgetter(*(field.name for field in fields(EvaluationFacts)))
_of_student = attrgetter(*(field.name for field in fields(StudentFacts)))


async def visible_evaluation(
    session: AsyncSession, user: Principal, evaluation_id: int
) -> AuthorisedEvaluation:
    """An evaluation whose existence this person may know of.

    Students: those they take part in. Teachers: those they are named on. Administrators: the school's.
    Raises NotFound.
    """
    return _authorised(AuthorisedEvaluation, user, await _relation(session, user, evaluation_id))


async def managed_evaluation(session: AsyncSession, user: Principal, evaluation_id: int) -> ManagedEvaluation:
    """An evaluation that this person runs: its teachers and the school's administrators.

    Raises Forbidden for a student who takes part in it, NotFound for everyone else.
    """
    found = await _relation(session, user, evaluation_id)
    if not user.is_staff:
        raise Forbidden("Only a teacher of this evaluation or an administrator may do this.")
    return _authorised(ManagedEvaluation, user, found)


async def taught_evaluation(session: AsyncSession, user: Principal, evaluation_id: int) -> TaughtEvaluation:
    """An evaluation whose comments this person may read: its teachers only.

    Raises Forbidden for an administrator who is not named on it and for a student who takes part in it,
    NotFound for everyone else.
    """
    return _taught(user, await _relation(session, user, evaluation_id))


async def visible_student(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> AuthorisedStudent:
    """A student in an evaluation: for that student, its teachers and the school's administrators.

    Raises NotFound.
    """
    if not user.is_staff and user.user_id != student_id:
        raise _unknown()
    found, student = await _relation_and_student(session, user, evaluation_id, student_id)
    evaluation = _authorised(AuthorisedEvaluation, user, found)
    return AuthorisedStudent(*_of_student(_taking_part(student)), evaluation=evaluation)


async def taught_student(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> TaughtStudent:
    """A student in an evaluation whose comments this person may read. Raises as `taught_evaluation` does."""
    found, student = await _relation_and_student(session, user, evaluation_id, student_id)
    evaluation = _taught(user, found)
    return TaughtStudent(*_of_student(_taking_part(student)), evaluation=evaluation)


async def scheduled_evaluation(
    session: AsyncSession, school_id: int, evaluation_id: int, user_id: int | None
) -> ManagedEvaluation | None:
    """An evaluation for a schedule of its school, in the name of who made the schedule; None: it is gone.

    Whether that person may queue it was decided when the schedule was made or changed.
    """
    found = await repository.evaluation(session, school_id, evaluation_id)
    if found is None:
        return None
    return ManagedEvaluation(*_of_evaluation(found), user_id=user_id, role="teacher", teaches=False)


class AccessRequest(NamedTuple):
    """A person who wants to see an evaluation; with `student_id`, a student in it."""

    user: Principal
    evaluation_id: int
    student_id: int | None


async def still_good(session: AsyncSession, requests: Collection[AccessRequest]) -> set[AccessRequest]:
    """Those that `visible_student` and `visible_evaluation` would allow, in at most two statements.

    An administrator's request for an evaluation alone is allowed. The caller must know that the evaluation
    belongs to the administrator's school.
    """
    wanted = {_own(one) for one in requests if not one.user.is_staff}
    wanted |= {membership for one in requests if (membership := _students(one)) is not None}
    taking_part = await repository.students_among(session, wanted)
    teaching = await repository.teachers_among(
        session, {_own(one) for one in requests if one.user.role == "teacher"}
    )
    related = {"teacher": teaching, "pupil": taking_part}
    return {
        one
        for one in requests
        if (one.user.role == "admin" or _own(one) in related[one.user.role])
        and (one.student_id is None or _students(one) in taking_part)
        and (one.user.is_staff or one.student_id in (None, one.user.user_id))
    }


def _own(request: AccessRequest) -> Membership:
    return Membership(request.user.school_id, request.evaluation_id, request.user.user_id)


def _students(request: AccessRequest) -> Membership | None:
    if request.student_id is None:
        return None
    return Membership(request.user.school_id, request.evaluation_id, request.student_id)


async def _relation(session: AsyncSession, user: Principal, evaluation_id: int) -> Relation:
    return _known(user, await repository.relation(session, user.school_id, user.user_id, evaluation_id))


async def _relation_and_student(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> tuple[Relation, StudentFacts | None]:
    found = await repository.relation_and_student(
        session, user.school_id, user.user_id, evaluation_id, student_id
    )
    relation, student = found or (None, None)
    return _known(user, relation), student


def _known(user: Principal, found: Relation | None) -> Relation:
    """The relation, if the person may know of the evaluation. Raises NotFound.

    A student who is named as a teacher does not teach, and staff never takes part.
    """
    if found is None:
        raise _unknown()
    staff = user.is_staff
    found = found._replace(teaches=found.teaches and staff, takes_part=found.takes_part and not staff)
    if not (user.role == "admin" or found.teaches or found.takes_part):
        raise _unknown()
    return found


def _taught(user: Principal, found: Relation) -> TaughtEvaluation:
    if not found.teaches:
        raise Forbidden("Only a teacher of this evaluation may read the comments.")
    return _authorised(TaughtEvaluation, user, found)


def _taking_part(student: StudentFacts | None) -> StudentFacts:
    if student is None:
        raise NotFound("There is no such pupil in this evaluation.")
    return student


def _authorised(kind: type[E], user: Principal, found: Relation) -> E:
    return kind(
        *_of_evaluation(found.evaluation), user_id=user.user_id, role=user.role, teaches=found.teaches
    )


def _unknown() -> NotFound:
    return NotFound("There is no such evaluation.")
