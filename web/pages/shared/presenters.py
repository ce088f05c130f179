"""Turns rows into what the templates of several nouns are given."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.evaluations.read_models import EvaluationFacts
from app.jobs.events import job_state
from app.jobs.models import Job, student_of
from app.jobs.sql import reads
from app.summaries.models import Summary
from app.summaries.presenters import eta_seconds
from web.pages.shared.view import EvaluationHead, JobView, StudentPhase


def evaluation_head(evaluation: EvaluationFacts) -> EvaluationHead:
    """What the head of a page says about an evaluation."""
    return EvaluationHead(
        evaluation.id, evaluation.title, evaluation.course, evaluation.state, evaluation.release
    )


def job_view(job: Job, position: int | None = None, eta: int | None = None) -> JobView:
    """A job, with its position in the queue and the seconds that it may take, when these are known."""
    student = student_of(job)
    return JobView(
        job_id=job.id,
        evaluation_id=student.evaluation_id,
        student_id=student.student_id,
        seq=job.seq,
        state=job_state(job),
        position=position,
        eta_seconds=eta,
    )


async def load_job_view(session: AsyncSession, job: Job) -> JobView:
    """As `job_view`; reads the position and the time that the job may take."""
    position = await reads.position(session, job)
    pace = await reads.pace(session) if job.unfinished else None
    return job_view(job, position, eta_seconds(job, position, pace))


def student_phase(
    evaluation: EvaluationFacts, job: Job | None, summary: Summary | None, feedback_count: int
) -> StudentPhase:
    """What a student can do with an evaluation now. `job` is the student's newest.

    1. While a job waits or runs under the policy "automatic", the student watches it.
    2. A released summary can be read, also after a later job failed.
    3. Under the policy "reviewed" nothing else is shown.
    """
    if job is not None and job.unfinished and evaluation.release == "automatic":
        return "working"
    if summary is not None and summary.state == "released":
        return "shown"
    if evaluation.release == "reviewed":
        return "in_review" if feedback_count else "no_feedback"
    if job is not None and job.state in {"failed", "cancelled"}:
        return "failed" if job.state == "failed" else "cancelled"
    return "start" if feedback_count else "no_feedback"
