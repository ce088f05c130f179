"""A student's own page: its phase, and the text that the student may read."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.evaluations import access
from app.evaluations.access import AuthorisedStudent
from app.jobs.models import Job
from app.jobs.sql import reads
from app.summaries import repository
from app.summaries.models import Summary
from web.pages.shared.presenters import evaluation_head, load_job_view, student_phase
from web.pages.students.presenters import draft_view, summary_view
from web.pages.students.view import StudentPage, SummaryView


async def load(session: AsyncSession, user: Principal, evaluation_id: int, student_id: int) -> StudentPage:
    """The page of the student who opens it. Raises NotFound."""
    student = await access.visible_student(session, user, evaluation_id, student_id)
    job = await reads.latest(session, evaluation_id, student_id)
    summary = await repository.get(session, user.school_id, evaluation_id, student_id)
    phase = student_phase(student.evaluation, job, summary, student.feedback_count)
    shown = phase in {"working", "shown", "failed", "cancelled"}
    return StudentPage(
        evaluation=evaluation_head(student.evaluation),
        student_id=student_id,
        phase=phase,
        job=await load_job_view(session, job) if job is not None and shown else None,
        summary=await _text(session, student, job, summary) if shown else None,
        disputed=summary is not None and summary.disputed_at is not None,
    )


async def released_summary(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> SummaryView | None:
    """The stored summary as the student may read it now; None when none is released. Raises NotFound."""
    student = await access.visible_student(session, user, evaluation_id, student_id)
    job = await reads.latest(session, evaluation_id, student_id)
    summary = await repository.get(session, user.school_id, evaluation_id, student_id)
    return await _released(session, student, job, summary)


async def _text(
    session: AsyncSession, student: AuthorisedStudent, job: Job | None, summary: Summary | None
) -> SummaryView | None:
    """What a running attempt has written so far, else the released summary."""
    if job is not None and job.state == "processing":
        return draft_view(job)
    released = await _released(session, student, job, summary)
    if released is None and job is not None and job.state == "queued":
        return draft_view(job)
    return released


async def _released(
    session: AsyncSession, student: AuthorisedStudent, job: Job | None, summary: Summary | None
) -> SummaryView | None:
    if summary is None or summary.state != "released":
        return None
    sentences = await repository.sentences(session, summary.id)
    stale = summary.revision != student.revision
    return summary_view(summary, sentences, job, stale=stale)
