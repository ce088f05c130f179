"""The list of evaluations: with progress for staff, with one's own summary for students."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.evaluations import access
from app.evaluations import service as evaluations
from app.evaluations.read_models import EvaluationRow
from app.jobs.sql import reads
from app.summaries import repository
from web.pages.evaluations.presenters import evaluation_counts
from web.pages.evaluations.view import EvaluationItem
from web.pages.shared.presenters import student_phase
from web.pages.shared.view import EvaluationHead, StudentPhase

EVALUATIONS_PER_PAGE = 20


async def load(
    session: AsyncSession, user: Principal, cursor: str | None
) -> tuple[list[EvaluationItem], str | None]:
    """One page of evaluations and the cursor of the next page. Raises BadInput for a cursor not ours."""
    page = await evaluations.list_evaluations(session, user, limit=EVALUATIONS_PER_PAGE, cursor=cursor)
    if user.is_staff:
        return await _for_staff(session, page.evaluations), page.next_cursor
    return await _for_student(session, user, page.evaluations), page.next_cursor


async def _for_staff(session: AsyncSession, rows: Sequence[EvaluationRow]) -> list[EvaluationItem]:
    counted = await repository.counts_of_classes(session, [row.evaluation_id for row in rows])
    return [
        EvaluationItem(_head(row), row.created_at, counts=evaluation_counts(counted[row.evaluation_id]))
        for row in rows
    ]


async def _for_student(
    session: AsyncSession, user: Principal, rows: Sequence[EvaluationRow]
) -> list[EvaluationItem]:
    return [
        EvaluationItem(_head(row), row.created_at, phase=await _phase(session, user, row.evaluation_id))
        for row in rows
    ]


def _head(row: EvaluationRow) -> EvaluationHead:
    return EvaluationHead(row.evaluation_id, row.title, row.course, row.state, row.release)


async def _phase(session: AsyncSession, user: Principal, evaluation_id: int) -> StudentPhase:
    student = await access.visible_student(session, user, evaluation_id, user.user_id)
    job = await reads.latest(session, evaluation_id, user.user_id)
    summary = await repository.get(session, user.school_id, evaluation_id, user.user_id)
    return student_phase(student.evaluation, job, summary, student.feedback_count)
