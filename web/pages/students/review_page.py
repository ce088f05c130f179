"""A student's summary beside its sources, for a teacher of the evaluation."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access
from app.evaluations import service as evaluations
from app.evaluations.service import MAX_REVIEWER_NAMES
from app.jobs.models import Job
from app.jobs.sql import reads
from app.summaries import review
from app.summaries.review import Beside
from web.pages.shared.presenters import evaluation_head, load_job_view
from web.pages.students.presenters import comment_numbers, source_views, summary_view
from web.pages.students.view import ReviewPage, SummaryView


async def load(
    session: AsyncSession,
    user: Principal,
    evaluation_id: int,
    student_id: int,
    authors: Mapping[int, str] | None = None,
) -> ReviewPage:
    """The page. With `authors` (entry id → name) it shows who wrote what. Raises Forbidden, NotFound."""
    beside = await review.beside_sources(session, user, evaluation_id, student_id)
    student = await access.visible_student(session, user, evaluation_id, student_id)
    job = await reads.latest(session, evaluation_id, student_id)
    summary = beside.summary
    return ReviewPage(
        evaluation=evaluation_head(student.evaluation),
        student_id=student_id,
        name=student.name,
        state=summary.state if summary else None,
        job=await load_job_view(session, job) if job is not None else None,
        summary=_summary(beside, job),
        sources=source_views(beside.comments, summary, authors or {}),
        refused=sum(int(count) for count in summary.checks.values()) if summary else 0,
        disputed_at=summary.disputed_at if summary else None,
        revealed=authors is not None,
        hold_reasons=tuple(summary.held_for) if summary else (),
        newer=beside.newer,
    )


async def read_authors(
    uow: UnitOfWork, user: Principal, evaluation_id: int, student_id: int
) -> dict[int, str]:
    """Who wrote each comment about a student, by entry id. The audit log keeps that this user asked.

    Raises Forbidden, NotFound.
    """
    evaluation = await access.taught_evaluation(uow.session, user, evaluation_id)
    beside = await review.beside_sources(uow.session, user, evaluation_id, student_id)
    entries = [comment.entry_id for comment in beside.comments]
    found: dict[int, str] = {}
    for start in range(0, len(entries), MAX_REVIEWER_NAMES):
        some = entries[start : start + MAX_REVIEWER_NAMES]
        named = await evaluations.reviewer_names(uow, evaluation, some)
        found |= {one.entry_id: one.name for one in named}
    return found


def _summary(beside: Beside, job: Job | None) -> SummaryView | None:
    if beside.summary is None:
        return None
    stale = not beside.fresh and not beside.summary.provisional
    numbers = comment_numbers(beside.comments)
    return summary_view(beside.summary, beside.sentences, job, stale=stale, numbers=numbers)
