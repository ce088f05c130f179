"""Who may see and change what of an evaluation: the one home of the object-level rules (PRODUCT.md 1).

Every rule takes the school from the principal. What a person may not know of is NotFound, like what does
not exist; what a person can see but may not do is Forbidden.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.principal import Principal
from app.core.errors import Forbidden, NotFound
from app.evaluations import repository
from app.evaluations.models import Evaluation, Participant
from app.evaluations.repository import Place, Standing


class Student(NamedTuple):
    """An evaluation, a pupil's place in it, and the person."""

    evaluation: Evaluation
    participant: Participant
    user: User


async def visible_evaluation(session: AsyncSession, user: Principal, evaluation_id: int) -> Evaluation:
    """An evaluation whose existence this person may know of.

    Pupils: those they take part in. Teachers: those they are named on. Admins: the school's.
    Raises NotFound.
    """
    return (await _standing(session, user, evaluation_id)).evaluation


async def managed_evaluation(session: AsyncSession, user: Principal, evaluation_id: int) -> Evaluation:
    """An evaluation that this person runs: its teachers and the school's admins.

    Raises Forbidden for a pupil who takes part in it, NotFound for everyone else.
    """
    found = await _standing(session, user, evaluation_id)
    if not user.is_staff:
        raise Forbidden("Only a teacher of this evaluation or an administrator may do this.")
    return found.evaluation


async def commented_evaluation(session: AsyncSession, user: Principal, evaluation_id: int) -> Evaluation:
    """An evaluation whose comments this person may read: its teachers only.

    Raises Forbidden for an admin who is not named on it and for a pupil who takes part in it, NotFound
    for everyone else.
    """
    found = await _standing(session, user, evaluation_id)
    if not found.teaches:
        raise Forbidden("Only a teacher of this evaluation may read the comments.")
    return found.evaluation


async def visible_student(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> Student:
    """A pupil in an evaluation: for the pupil self, its teachers and the school's admins.

    Raises NotFound.
    """
    if user.role == "pupil" and user.user_id != student_id:
        raise _unknown()
    found = await repository.standing_and_student(
        session, user.school_id, user.user_id, evaluation_id, student_id
    )
    if found is None:
        raise _unknown()
    standing, participant, person = found
    evaluation = _may_know_of(user, standing).evaluation
    if participant is None or person is None:
        raise NotFound("There is no such pupil in this evaluation.")
    return Student(evaluation, participant, person)


class AccessRequest(NamedTuple):
    """That this person may see an evaluation, and a pupil in it; without pupil, the evaluation alone."""

    user: Principal
    evaluation_id: int
    student_id: int | None


async def still_good(session: AsyncSession, claims: Collection[AccessRequest]) -> set[AccessRequest]:
    """Those that `visible_student` and `visible_evaluation` would let pass, asked for many at once.

    An administrator's claim on an evaluation alone passes: that it is the school's is the caller's to know.
    """
    taught = await repository.teachers_among(
        session, {_own_place(one) for one in claims if one.user.role == "teacher"}
    )
    sought = {_own_place(one) for one in claims if one.user.role == "pupil"}
    sought |= {place for one in claims if (place := _students_place(one)) is not None}
    placed = await repository.students_among(session, sought)
    standing = {"teacher": taught, "pupil": placed}
    return {
        one
        for one in claims
        if (one.user.role == "admin" or _own_place(one) in standing[one.user.role])
        and (one.student_id is None or _students_place(one) in placed)
        and (one.user.is_staff or one.student_id in (None, one.user.user_id))
    }


def _own_place(claim: AccessRequest) -> Place:
    return Place(claim.user.school_id, claim.evaluation_id, claim.user.user_id)


def _students_place(claim: AccessRequest) -> Place | None:
    if claim.student_id is None:
        return None
    return Place(claim.user.school_id, claim.evaluation_id, claim.student_id)


async def _standing(session: AsyncSession, user: Principal, evaluation_id: int) -> Standing:
    """What this person is to an evaluation. A pupil never teaches, a teacher never takes part."""
    found = await repository.standing(session, user.school_id, user.user_id, evaluation_id)
    if found is None:
        raise _unknown()
    return _may_know_of(user, found)


def _may_know_of(user: Principal, found: Standing) -> Standing:
    staff = user.is_staff
    found = found._replace(teaches=found.teaches and staff, takes_part=found.takes_part and not staff)
    if not (user.role == "admin" or found.teaches or found.takes_part):
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("There is no such evaluation.")
