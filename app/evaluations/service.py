"""Decisions about an evaluation: its list, its policy, its teachers, and what is read of its feedback."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.audit.actions import Action
from app.audit.service import Subject, note
from app.core.errors import BadInput, Conflict, Forbidden, NotFound
from app.core.paging import decode_cursor, encode_cursor
from app.core.unit_of_work import UnitOfWork
from app.evaluations import material_repository, repository
from app.evaluations.access import (
    AuthorisedEvaluation,
    AuthorisedStudent,
    ManagedEvaluation,
    TaughtEvaluation,
    TaughtStudent,
)
from app.evaluations.read_models import (
    CommentRow,
    EvaluationDetails,
    EvaluationFacts,
    EvaluationPage,
    MaterialRows,
    ParticipantRow,
    ReviewerName,
)

PAGE_SIZE = 100
MAX_REVIEWER_NAMES = 50
"""Comments whose writer one call may ask for: a page of sources, not a whole school."""


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
MIN_REVIEWERS_RANGE = range(1, 21)
MAX_TITLE_LENGTH = 200
"""Characters of a title or a course."""


async def list_evaluations(
    session: AsyncSession, user: Principal, *, limit: int = PAGE_SIZE, cursor: str | None = None
) -> EvaluationPage:
    """The evaluations that this person may see, newest first.

    `limit` is at most PAGE_SIZE. Raises BadInput for a cursor that is not ours.
    """
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


async def titles(session: AsyncSession, user: Principal, evaluation_ids: Collection[int]) -> dict[int, str]:
    """The titles of these evaluations of the user's school, by id."""
    return await repository.titles(session, user.school_id, evaluation_ids)


async def details(session: AsyncSession, evaluation: ManagedEvaluation) -> EvaluationDetails:
    """Teachers, criteria, teams and counts of an evaluation."""
    students, with_feedback = await repository.counts(session, evaluation.id)
    return EvaluationDetails(
        teachers=tuple(await repository.teachers(session, evaluation.school_id, evaluation.id)),
        criteria=tuple(await repository.criteria(session, evaluation.id)),
        teams=tuple(await repository.teams(session, evaluation.id)),
        student_count=students,
        with_feedback_count=with_feedback,
    )


async def change(uow: UnitOfWork, evaluation: ManagedEvaluation, wanted: EvaluationChange) -> EvaluationFacts:
    """Set the given fields; returns the evaluation as it is then.

    A new `min_reviewers` makes every summary of the evaluation stale. Raises BadInput that names the field.
    """
    values = _checked(wanted)
    changed = {name: value for name, value in values.items() if getattr(evaluation, name) != value}
    if not changed:
        return evaluation
    policy: dict[str, tuple[Any, Any]] = {
        name: (getattr(evaluation, name), changed[name]) for name in POLICY if name in changed
    }
    subject: Subject = ("evaluation", evaluation.id)
    note(uow, evaluation, Action.EVALUATION_CHANGED, subject, fields=sorted(changed), **policy)
    stored = await repository.change_evaluation(uow.session, evaluation.school_id, evaluation.id, changed)
    if "min_reviewers" in changed:
        await repository.make_stale(uow.session, evaluation.id)
    return stored


async def add_teacher(uow: UnitOfWork, evaluation: ManagedEvaluation, teacher_id: int) -> None:
    """Name a teacher on an evaluation.

    Every summary becomes stale, because none may hold the new teacher's name. Raises NotFound for somebody
    who is no teacher or administrator of the school.
    """
    if not await repository.is_teacher_of_school(uow.session, evaluation.school_id, teacher_id):
        raise NotFound("There is no such teacher at this school.")
    if await repository.add_teacher(uow.session, evaluation.id, teacher_id):
        note(uow, evaluation, Action.TEACHER_ADDED, ("evaluation", evaluation.id), teacher_id=teacher_id)
        await repository.make_stale(uow.session, evaluation.id)


async def remove_teacher(uow: UnitOfWork, evaluation: ManagedEvaluation, teacher_id: int) -> None:
    """Take a teacher off an evaluation. Summaries stay fresh: what was written without the name stays right.

    Raises NotFound for somebody who is not named on it, and Conflict when a teacher would leave the
    evaluation without any.
    """
    if not await repository.remove_teacher(uow.session, evaluation.id, teacher_id):
        raise NotFound("This teacher is not named on the evaluation.")
    if evaluation.role != "admin" and not await repository.teachers(
        uow.session, evaluation.school_id, evaluation.id
    ):
        raise Conflict("This is the last teacher of the evaluation; name another one first.")
    note(uow, evaluation, Action.TEACHER_REMOVED, ("evaluation", evaluation.id), teacher_id=teacher_id)


async def participants(session: AsyncSession, evaluation: ManagedEvaluation) -> tuple[ParticipantRow, ...]:
    """Every student of an evaluation by family name, with team, counts and revision."""
    return tuple(await material_repository.participants(session, evaluation.school_id, evaluation.id))


async def students_with_feedback(session: AsyncSession, evaluation: ManagedEvaluation) -> list[int]:
    """Ids of the students who received at least one comment."""
    return await material_repository.students_with_feedback(session, evaluation.id)


async def student_ids(
    session: AsyncSession, evaluation: ManagedEvaluation, wanted: Sequence[int]
) -> set[int]:
    """Which of these people take part in an evaluation."""
    return await material_repository.student_ids(session, evaluation.id, wanted)


async def material(session: AsyncSession, student: TaughtStudent) -> MaterialRows:
    """Everything that a student's summary is made of, comments as they were written."""
    return await _material(session, student)


async def quotes(session: AsyncSession, student: AuthorisedStudent) -> MaterialRows:
    """The team-mates' comments on a student, not anonymised yet, in an order that hides who wrote which.

    A teacher of the evaluation may always read them. The student may when the evaluation shows quotes
    verbatim, a teacher has released it where the policy asks for that, and at least `min_reviewers` people
    wrote. Raises Forbidden.
    """
    is_staff = student.evaluation.is_staff
    if is_staff and not student.evaluation.teaches:
        raise Forbidden("Only a teacher of this evaluation may read the comments.")
    if not is_staff:
        _require_shown_quotes(student.evaluation)
    rows = await _material(session, student)
    peers = [comment for comment in rows.comments if comment.kind == "peer"]
    if not is_staff and len({comment.reviewer_id for comment in peers}) < rows.min_reviewers:
        raise Forbidden("There is too little feedback to show without showing who wrote it.")
    return replace(rows, comments=tuple(sorted(peers, key=_shuffled)))


async def _material(session: AsyncSession, student: AuthorisedStudent) -> MaterialRows:
    rows = await material_repository.material(
        session, student.evaluation.school_id, student.evaluation.id, student.student_id
    )
    if rows is None:
        raise NotFound("There is no such pupil in this evaluation.")
    return rows


async def reviewer_names(
    uow: UnitOfWork, evaluation: TaughtEvaluation, entry_ids: Sequence[int]
) -> tuple[ReviewerName, ...]:
    """Who wrote these comments. An audit event in the same transaction says who read it.

    Raises BadInput for no comment or more than MAX_REVIEWER_NAMES, and NotFound when one of the comments is
    not of this evaluation.
    """
    wanted = sorted(set(entry_ids))
    if not 0 < len(wanted) <= MAX_REVIEWER_NAMES:
        raise BadInput(f"Ask for 1 to {MAX_REVIEWER_NAMES} comments at once.", field="entry_ids")
    found = await material_repository.reviewers(uow.session, evaluation.school_id, evaluation.id, wanted)
    if len(found) != len(wanted):
        raise NotFound("There is no such comment in this evaluation.")
    note(uow, evaluation, Action.REVIEWER_NAMES_READ, ("evaluation", evaluation.id), entry_ids=wanted)
    await uow.session.flush()
    return tuple(ReviewerName(entry_id, person.id, person.name) for entry_id, person in found)


def _after(cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    created_at, key = decode_cursor(cursor)
    if not key.isdecimal():
        raise BadInput("The cursor is not one of ours; start again without it.", field="cursor")
    return created_at, int(key)


def _checked(wanted: EvaluationChange) -> dict[str, object]:
    """The given values. Raises BadInput that names the field."""
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    given: dict[str, object] = {name: value for name, value in values.items() if value is not None}
    for name, allowed in CHOICES.items():
        if name in given and given[name] not in allowed:
            raise BadInput(f"{name} must be one of {', '.join(allowed)}.", field=name)
    if wanted.min_reviewers is not None and wanted.min_reviewers not in MIN_REVIEWERS_RANGE:
        first, last = MIN_REVIEWERS_RANGE[0], MIN_REVIEWERS_RANGE[-1]
        raise BadInput(f"min_reviewers must be from {first} to {last}.", field="min_reviewers")
    if wanted.title is not None:
        given["title"] = checked_title(wanted.title)
    if wanted.course is not None:
        given["course"] = checked_course(wanted.course)
    return given


def checked_title(title: str) -> str:
    """A title without surplus spaces. Raises BadInput for an empty one and for one that is too long."""
    tidy = " ".join(title.replace("\0", "").split())
    if not 0 < len(tidy) <= MAX_TITLE_LENGTH:
        raise BadInput(f"The title must have 1 to {MAX_TITLE_LENGTH} characters.", field="title")
    return tidy


def checked_course(course: str) -> str:
    """A course without surplus spaces; it may be empty. Raises BadInput for one that is too long."""
    tidy = " ".join(course.replace("\0", "").split())
    if len(tidy) > MAX_TITLE_LENGTH:
        raise BadInput(f"The course must have at most {MAX_TITLE_LENGTH} characters.", field="course")
    return tidy


def _require_shown_quotes(evaluation: AuthorisedEvaluation) -> None:
    """Raises Forbidden when the policy or the state shows students no comments."""
    if evaluation.show_quotes != "verbatim":
        raise Forbidden("This evaluation does not show the comments themselves.")
    if evaluation.release == "reviewed" and evaluation.state != "released":
        raise Forbidden("Your teacher has not released this evaluation yet.")


def _shuffled(comment: CommentRow) -> tuple[str, bytes]:
    """Sorts by criterion, then by a digest: in the file, one person's comments stand beside each other."""
    return comment.criterion, hashlib.sha256(f"{comment.entry_id}{comment.text}".encode()).digest()
