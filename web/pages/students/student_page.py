"""A pupil's own page: which face it has, and what stands on it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.evaluations import access
from app.evaluations.models import Participant
from app.jobs.models import Job
from app.jobs.sql import reads
from app.summaries import repository
from app.summaries.models import Summary
from app.summaries.presenters import eta_seconds
from web.pages.shared import presenters
from web.pages.shared.views import JobView, StudentPage, SummaryView


async def load(session: AsyncSession, user: Principal, evaluation_id: int, student_id: int) -> StudentPage:
    """The page of a pupil, who is the one that asks. Raises NotFound."""
    evaluation = await access.visible_evaluation(session, user, evaluation_id)
    own = await access.visible_student(session, user, evaluation_id, student_id)
    job = await reads.latest(session, evaluation_id, student_id)
    summary = await repository.get(session, user.school_id, evaluation_id, student_id)
    phase = presenters.student_phase(evaluation, job, summary, own.participant.feedback_count)
    shown = phase in {"working", "shown", "failed", "cancelled"}
    return StudentPage(
        evaluation=presenters.head(evaluation),
        student_id=student_id,
        phase=phase,
        job=await with_place(session, job) if job is not None and shown else None,
        summary=await _text(session, own.participant, job, summary) if shown else None,
        disputed=summary is not None and summary.disputed_at is not None,
    )


async def with_place(session: AsyncSession, job: Job) -> JobView:
    """A job with its place in line and the time it may take."""
    position = await reads.position(session, job)
    pace = await reads.pace(session) if job.state in {"queued", "processing"} else None
    return presenters.job_view(job, position, eta_seconds(job, position, pace))


async def released_text(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> SummaryView | None:
    """The stored summary as its pupil may read it now, for live updates; None when there is none.

    Raises NotFound.
    """
    own = await access.visible_student(session, user, evaluation_id, student_id)
    job = await reads.latest(session, evaluation_id, student_id)
    summary = await repository.get(session, user.school_id, evaluation_id, student_id)
    return await _stored(session, own.participant, job, summary)


async def _text(
    session: AsyncSession, participant: Participant, job: Job | None, summary: Summary | None
) -> SummaryView | None:
    """What a running attempt has written so far, else what is stored and released."""
    if job is not None and job.state == "processing":
        return presenters.draft_view(job)
    stored = await _stored(session, participant, job, summary)
    if stored is None and job is not None and job.state == "queued":
        return presenters.draft_view(job)
    return stored


async def _stored(
    session: AsyncSession, participant: Participant, job: Job | None, summary: Summary | None
) -> SummaryView | None:
    if summary is None or summary.state != "released":
        return None
    sentences = await repository.sentences(session, summary.id)
    stale = summary.revision != participant.revision
    return presenters.summary_view(summary, sentences, job, stale=stale)
