"""What a teacher does with a written summary, and how a pupil says that it is not right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.audit.actions import Action
from app.audit.service import note
from app.core.errors import BadInput, Conflict, NotFound
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access
from app.evaluations import service as evaluations
from app.evaluations.read_models import CommentRow
from app.summaries import repository, version_repository
from app.summaries.models import Summary
from app.summaries.repository import StoredSentence

MOST_CHARACTERS = 400
"""A sentence in a teacher's own words may be this long."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A summary beside what it was made from: comments as written, for a teacher of the evaluation."""

    summary: Summary | None
    sentences: tuple[StoredSentence, ...]
    comments: tuple[CommentRow, ...]
    fresh: bool
    newer: tuple[str, ...] = ()
    """The sentences of a newer text that waits for a teacher's choice."""


async def beside_sources(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> Beside:
    """A pupil's summary with every comment it could rest on. Raises Forbidden, NotFound."""
    student = await access.taught_student(session, user, evaluation_id, student_id)
    rows = await evaluations.material(session, student)
    summary = await repository.get(session, user.school_id, evaluation_id, student_id)
    if summary is None:
        return Beside(None, (), rows.comments, fresh=False)
    sentences = tuple(await repository.sentences(session, summary.id))
    fresh = summary.revision == rows.revision and not summary.provisional
    waiting = await version_repository.beside(session, summary.id)
    newer = tuple(str(one["text"]) for one in waiting.sentences) if waiting is not None else ()
    return Beside(summary, sentences, rows.comments, fresh, newer)


async def approve(uow: UnitOfWork, user: Principal, evaluation_id: int, student_id: int) -> None:
    """A teacher has read it and stands behind it. Raises Forbidden, NotFound, Conflict."""
    summary = await _managed_summary(uow, user, evaluation_id, student_id)
    state = "approved" if summary.state == "draft" else summary.state
    values = {"state": state, "approved_by": user.user_id, "approved_at": func.now(), "disputed_at": None}
    await repository.move(uow.session, evaluation_id, [student_id], values)
    note(uow, user, Action.SUMMARY_APPROVED, ("evaluation", evaluation_id), student_id=student_id)


async def release(
    uow: UnitOfWork, user: Principal, evaluation_id: int, student_ids: Sequence[int] | None
) -> int:
    """Let pupils read their summaries: these, or all that are written. Returns how many were released."""
    await access.taught_evaluation(uow.session, user, evaluation_id)
    values: dict[str, Any] = {"state": "released", "released_at": func.now()}
    moved = await repository.move(uow.session, evaluation_id, student_ids, values, only_unreleased=True)
    if moved:
        note(uow, user, Action.SUMMARY_RELEASED, ("evaluation", evaluation_id), student_ids=sorted(moved))
    return len(moved)


async def end_hold(
    uow: UnitOfWork, user: Principal, evaluation_id: int, student_id: int, *, use: bool
) -> None:
    """A teacher has looked at what a text is held for: the student reads it (`use`), or it stays a draft.

    The comments that were flagged hold no later text of this student. Raises Conflict when nothing is held;
    Forbidden, NotFound.
    """
    summary = await _managed_summary(uow, user, evaluation_id, student_id)
    if not summary.held_for:
        raise Conflict("This summary is not held any more.", code="not_held")
    seen = sorted({*summary.seen_entries, *(flag["entry_id"] for flag in summary.flags)})
    values: dict[str, Any] = {"held_for": [], "seen_entries": seen}
    if use:
        values |= {"state": "released", "released_at": func.now()}
        values |= {"approved_by": user.user_id, "approved_at": func.now()}
    await repository.move(uow.session, evaluation_id, [student_id], values)
    detail = {"student_id": student_id, "used": int(use)}
    note(uow, user, Action.SUMMARY_HOLD_ENDED, ("evaluation", evaluation_id), **detail)


async def choose(uow: UnitOfWork, user: Principal, evaluation_id: int, student_id: int, *, use: bool) -> None:
    """Take the newer text that waits beside the current one (`use`), or leave the current one as it is.

    The other one stays in the history. Raises Conflict when none waits; Forbidden, NotFound.
    """
    summary = await _managed_summary(uow, user, evaluation_id, student_id)
    waiting = await version_repository.beside(uow.session, summary.id)
    if waiting is None:
        raise Conflict("No newer text waits beside this one any more.", code="none_beside")
    if use:
        await version_repository.keep_current(uow.session, summary.id)
        await version_repository.make_current(uow.session, summary.id, waiting, summary.state)
    else:
        await version_repository.set_aside(uow.session, summary.id)
    detail = {"student_id": student_id, "used": int(use)}
    note(uow, user, Action.SUMMARY_CHOSEN, ("evaluation", evaluation_id), **detail)


async def edit(
    uow: UnitOfWork, user: Principal, evaluation_id: int, student_id: int, texts: Mapping[int, str]
) -> None:
    """Put a teacher's own words in place of some sentences; an empty text takes a sentence out.

    Raises BadInput, Forbidden, NotFound.
    """
    summary = await _managed_summary(uow, user, evaluation_id, student_id)
    stored = await repository.sentences(uow.session, summary.id)
    now = {sentence.position: sentence.text for sentence in stored}
    wanted = {position: " ".join(words.split()) for position, words in texts.items()}
    if not set(wanted) <= set(now):
        raise BadInput("That sentence is no longer there; reload the page.", field="sentences")
    if any(len(words) > MOST_CHARACTERS for words in wanted.values()):
        raise BadInput(f"A sentence may have at most {MOST_CHARACTERS} characters.", field="sentences")
    if not any((now | wanted).values()):
        raise BadInput("Leave at least one sentence.", field="sentences")
    changed = {position: words for position, words in wanted.items() if words != now[position]}
    if changed:
        await repository.rewrite_sentences(uow.session, summary.id, changed)
        values = {"edited_by": user.user_id, "edited_at": func.now()}
        await repository.move(uow.session, evaluation_id, [student_id], values)
        note(uow, user, Action.SUMMARY_EDITED, ("evaluation", evaluation_id), student_id=student_id)


async def dispute(uow: UnitOfWork, user: Principal, evaluation_id: int, student_id: int) -> None:
    """The pupil says "this is not right"; the teacher sees it on the class page. Raises NotFound."""
    await access.visible_student(uow.session, user, evaluation_id, student_id)
    summary = await repository.get(uow.session, user.school_id, evaluation_id, student_id)
    if summary is None or summary.state != "released":
        raise NotFound("There is no summary yet.")
    await repository.move(uow.session, evaluation_id, [student_id], {"disputed_at": func.now()})


async def _managed_summary(uow: UnitOfWork, user: Principal, evaluation_id: int, student_id: int) -> Summary:
    """The summary, for a teacher of the evaluation. Raises Conflict while only a stand-in is there."""
    await access.taught_evaluation(uow.session, user, evaluation_id)
    summary = await repository.get(uow.session, user.school_id, evaluation_id, student_id)
    if summary is None:
        raise NotFound("There is no summary yet.")
    if summary.provisional:
        raise Conflict("The model still owes this summary; this is a stand-in.", code="provisional")
    return summary
