"""What can be done with an evaluation: list, look at, change its policy, name teachers, read its material."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.audit.actions import Action
from app.audit.service import Subject, note
from app.core.errors import BadInput, Conflict, Forbidden, NotFound
from app.core.locale import Locale
from app.core.paging import decode_cursor, encode_cursor
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access, material_repository, repository
from app.evaluations.material_repository import MaterialStatement
from app.evaluations.models import Evaluation
from app.evaluations.read_models import (
    CommentRow,
    EvaluationFacts,
    EvaluationPage,
    MaterialRows,
    ParticipantRow,
    ReviewerName,
)

PAGE_SIZE = 100
MOST_REVIEWER_NAMES = 50
"""Comments whose writer can be asked for at once: a page of sources, not a whole school."""


@dataclass(frozen=True, slots=True)
class EvaluationChange:
    """New values for an evaluation's fields; None leaves a field as it is."""

    title: str | None = None
    course: str | None = None
    state: str | None = None
    release: str | None = None
    min_reviewers: int | None = None
    show_quotes: str | None = None


CHOICES = {
    "state": ("open", "closed", "released"),
    "release": ("automatic", "reviewed"),
    "show_quotes": ("none", "paraphrased", "verbatim"),
}
POLICY = ("state", "release", "min_reviewers", "show_quotes")
"""The fields of which the audit trail keeps the value before and after; the others are texts."""
LEAST_REVIEWERS, MOST_REVIEWERS = 1, 20
MOST_CHARACTERS = 200


async def list_evaluations(
    session: AsyncSession, user: Principal, *, limit: int = PAGE_SIZE, cursor: str | None = None
) -> EvaluationPage:
    """The evaluations that this person may see, newest first. Raises BadInput for a cursor not ours."""
    limit = max(1, min(limit, PAGE_SIZE))
    rows = await repository.evaluations(
        session,
        user.school_id,
        teacher_id=user.user_id if user.role == "teacher" else None,
        student_id=user.user_id if user.role == "pupil" else None,
        after=_after(cursor),
        limit=limit + 1,
    )
    page = tuple(rows[:limit])
    more = len(rows) > limit
    following = encode_cursor(page[-1].created_at, str(page[-1].evaluation_id)) if more else None
    return EvaluationPage(page, following)


async def facts(session: AsyncSession, user: Principal, evaluation_id: int) -> EvaluationFacts:
    """Teachers, criteria, teams and counts for those who run an evaluation. Raises Forbidden, NotFound."""
    await access.managed_evaluation(session, user, evaluation_id)
    students, with_feedback = await repository.counts(session, evaluation_id)
    return EvaluationFacts(
        teachers=tuple(await repository.teachers(session, user.school_id, evaluation_id)),
        criteria=tuple(await repository.criteria(session, evaluation_id)),
        teams=tuple(await repository.teams(session, evaluation_id)),
        student_count=students,
        with_feedback_count=with_feedback,
    )


async def change(
    uow: UnitOfWork, user: Principal, evaluation_id: int, wanted: EvaluationChange
) -> Evaluation:
    """Set what is given. A new `min_reviewers` makes every summary of the evaluation stale.

    Raises BadInput (with the field), Forbidden, NotFound.
    """
    evaluation = await access.managed_evaluation(uow.session, user, evaluation_id)
    values = _checked(wanted)
    changed = {name: value for name, value in values.items() if getattr(evaluation, name) != value}
    if not changed:
        return evaluation
    policy: dict[str, tuple[Any, Any]] = {
        name: (getattr(evaluation, name), changed[name]) for name in POLICY if name in changed
    }
    subject: Subject = ("evaluation", evaluation_id)
    note(uow, user, Action.EVALUATION_CHANGED, subject, fields=sorted(changed), **policy)
    await repository.change_evaluation(uow.session, user.school_id, evaluation_id, changed)
    if "min_reviewers" in changed:
        await repository.make_stale(uow.session, user.school_id, evaluation_id)
    await uow.session.refresh(evaluation)
    return evaluation


async def add_teacher(uow: UnitOfWork, user: Principal, evaluation_id: int, teacher_id: int) -> None:
    """Name a teacher, whose name must from now on not appear in a summary: all become stale.

    Raises Forbidden, NotFound.
    """
    await access.managed_evaluation(uow.session, user, evaluation_id)
    if not await repository.is_teacher_of_school(uow.session, user.school_id, teacher_id):
        raise NotFound("There is no such teacher at this school.")
    if await repository.add_teacher(uow.session, evaluation_id, teacher_id):
        note(uow, user, Action.TEACHER_ADDED, ("evaluation", evaluation_id), teacher_id=teacher_id)
        await repository.make_stale(uow.session, user.school_id, evaluation_id)


async def remove_teacher(uow: UnitOfWork, user: Principal, evaluation_id: int, teacher_id: int) -> None:
    """Take a teacher off; what was written without the name stays right, so nothing becomes stale.

    Raises Conflict when a teacher would leave an evaluation without any, Forbidden, NotFound.
    """
    await access.managed_evaluation(uow.session, user, evaluation_id)
    if not await repository.remove_teacher(uow.session, evaluation_id, teacher_id):
        raise NotFound("This teacher is not named on the evaluation.")
    if user.role != "admin" and not await repository.teachers(uow.session, user.school_id, evaluation_id):
        raise Conflict("This is the last teacher of the evaluation; name another one first.")
    note(uow, user, Action.TEACHER_REMOVED, ("evaluation", evaluation_id), teacher_id=teacher_id)


async def participants(
    session: AsyncSession, school_id: int, evaluation_id: int
) -> tuple[ParticipantRow, ...]:
    """Every pupil of an evaluation by family name, with team, counts and revision."""
    return tuple(await material_repository.participants(session, school_id, evaluation_id))


async def students_with_feedback(session: AsyncSession, school_id: int, evaluation_id: int) -> list[int]:
    """Ids of the pupils who received at least one comment."""
    return await material_repository.students_with_feedback(session, school_id, evaluation_id)


async def state_of(session: AsyncSession, school_id: int, evaluation_id: int) -> str | None:
    """open, closed or released; None when there is no such evaluation."""
    return await repository.state_of(session, school_id, evaluation_id)


async def student_ids(
    session: AsyncSession, school_id: int, evaluation_id: int, wanted: Sequence[int]
) -> set[int]:
    """Which of these people take part in an evaluation."""
    return await material_repository.student_ids(session, school_id, evaluation_id, wanted)


async def material(
    session: AsyncSession, school_id: int, evaluation_id: int, student_id: int
) -> MaterialRows:
    """Everything a pupil's summary is made of. Raises NotFound."""
    rows, _ = await material_with(session, material_repository.MATERIAL, school_id, evaluation_id, student_id)
    return rows


async def material_with(
    session: AsyncSession, statement: MaterialStatement, school_id: int, evaluation_id: int, student_id: int
) -> tuple[MaterialRows, Sequence[Any]]:
    """As `material`, and what is in the columns that the caller has added to the statement, read with it."""
    found = await material_repository.material(session, statement, school_id, evaluation_id, student_id)
    if found is None:
        raise NotFound("There is no such pupil in this evaluation.")
    student, roster, comments, added = found
    rows = MaterialRows(
        comments=tuple(comments),
        roster=tuple(roster),
        locale=_locale(student.locale),
        min_reviewers=student.min_reviewers,
        revision=student.revision,
    )
    return rows, added


async def quotes(session: AsyncSession, user: Principal, evaluation_id: int, student_id: int) -> MaterialRows:
    """The team-mates' comments on a pupil, still to be anonymised, in an order that tells nobody apart.

    Teachers of the evaluation always may. The pupil may when the evaluation shows quotes verbatim, is
    released where a teacher releases it, and enough people wrote for each to hide among the others.
    Raises Forbidden, NotFound.
    """
    await access.visible_student(session, user, evaluation_id, student_id)
    if user.is_staff:
        await access.commented_evaluation(session, user, evaluation_id)
    else:
        _allow_quotes(await access.visible_evaluation(session, user, evaluation_id))
    rows = await material(session, user.school_id, evaluation_id, student_id)
    peers = [comment for comment in rows.comments if comment.kind == "peer"]
    if not user.is_staff and len({comment.reviewer_id for comment in peers}) < rows.min_reviewers:
        raise Forbidden("There is too little feedback to show without showing who wrote it.")
    return replace(rows, comments=tuple(sorted(peers, key=_mixed)))


async def reviewer_names(
    uow: UnitOfWork, user: Principal, evaluation_id: int, entry_ids: Sequence[int]
) -> tuple[ReviewerName, ...]:
    """Who wrote these comments. That it was asked is written down in the same transaction.

    Raises BadInput, Forbidden, NotFound (also when one of the comments is not of this evaluation).
    """
    await access.commented_evaluation(uow.session, user, evaluation_id)
    wanted = sorted(set(entry_ids))
    if not 0 < len(wanted) <= MOST_REVIEWER_NAMES:
        raise BadInput(f"Ask for 1 to {MOST_REVIEWER_NAMES} comments at once.", field="entry_ids")
    found = await material_repository.reviewers(uow.session, user.school_id, evaluation_id, wanted)
    if len(found) != len(wanted):
        raise NotFound("There is no such comment in this evaluation.")
    note(uow, user, Action.REVIEWER_NAMES_READ, ("evaluation", evaluation_id), entry_ids=wanted)
    await uow.session.flush()
    return tuple(ReviewerName(entry_id, person.id, person.name) for entry_id, person in found)


def _after(cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    moment, key = decode_cursor(cursor)
    if not key.isdecimal():
        raise BadInput("The cursor is not one of ours; start again without it.", field="cursor")
    return moment, int(key)


def _checked(wanted: EvaluationChange) -> dict[str, object]:
    """The given values, each checked. Raises BadInput that names the field."""
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    given: dict[str, object] = {name: value for name, value in values.items() if value is not None}
    for name, allowed in CHOICES.items():
        if name in given and given[name] not in allowed:
            raise BadInput(f"{name} must be one of {', '.join(allowed)}.", field=name)
    if wanted.min_reviewers is not None and not LEAST_REVIEWERS <= wanted.min_reviewers <= MOST_REVIEWERS:
        raise BadInput(
            f"min_reviewers must be from {LEAST_REVIEWERS} to {MOST_REVIEWERS}.", field="min_reviewers"
        )
    if wanted.title is not None:
        given["title"] = checked_title(wanted.title)
    if wanted.course is not None:
        given["course"] = checked_course(wanted.course)
    return given


def checked_title(title: str) -> str:
    """A title without surplus spaces. Raises BadInput."""
    tidy = " ".join(title.replace("\0", "").split())
    if not 0 < len(tidy) <= MOST_CHARACTERS:
        raise BadInput(f"The title must have 1 to {MOST_CHARACTERS} characters.", field="title")
    return tidy


def checked_course(course: str) -> str:
    """A course without surplus spaces; may be empty. Raises BadInput."""
    tidy = " ".join(course.replace("\0", "").split())
    if len(tidy) > MOST_CHARACTERS:
        raise BadInput(f"The course must have at most {MOST_CHARACTERS} characters.", field="course")
    return tidy


def _allow_quotes(evaluation: Evaluation) -> None:
    """What a pupil needs to be shown the comments. Raises Forbidden."""
    if evaluation.show_quotes != "verbatim":
        raise Forbidden("This evaluation does not show the comments themselves.")
    if evaluation.release == "reviewed" and evaluation.state != "released":
        raise Forbidden("Your teacher has not released this evaluation yet.")


def _mixed(comment: CommentRow) -> tuple[str, bytes]:
    """Sorts by criterion, then by chance: in the file's order, one person's comments stand together."""
    return comment.criterion, hashlib.sha256(f"{comment.entry_id}{comment.text}".encode()).digest()


def _locale(value: str) -> Locale:
    return "en" if value == "en" else "nl"
