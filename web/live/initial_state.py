"""What a stream begins with: the database's word on one job, one pupil, or a class."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.events import SentenceState
from app.evaluations import access
from app.jobs.events import job_state
from app.jobs.models import Job
from app.jobs.sql import reads
from app.summaries import service
from web.live.feed import JobSeen


def seen(job: Job, *, with_text: bool) -> JobSeen:
    """A row as a stream tells it; the sentences of the running attempt only to who may read them."""
    drafts = job.draft if with_text and job.draft else []
    sentences = tuple(SentenceState(one["index"], one["kind"], one["text"]) for one in drafts)
    return JobSeen(job.id, job.evaluation_id, job.student_id, job.seq, job_state(job), with_text, sentences)


async def admit_to_job(session: AsyncSession, user: Principal, job_id: str) -> bool:
    """Whether this person, who may see the job, may read its sentences along. Raises NotFound."""
    job = await service.visible_job(session, user, job_id)
    return await _reads_along(session, user, job.evaluation_id)


async def admit_to_student(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> bool:
    """As `admit_to_job`, for whichever job of a pupil is the newest. Raises NotFound."""
    await access.visible_student(session, user, evaluation_id, student_id)
    return await _reads_along(session, user, evaluation_id)


async def job_now(
    session: AsyncSession, school_id: int, job_id: str, *, with_text: bool
) -> Sequence[JobSeen]:
    """One job, for who was admitted."""
    job = await reads.get(session, school_id, job_id)
    return [] if job is None else [seen(job, with_text=with_text)]


async def student_now(
    session: AsyncSession, evaluation_id: int, student_id: int, *, with_text: bool
) -> Sequence[JobSeen]:
    """The newest job of a pupil, if there is one, for who was admitted."""
    job = await reads.latest(session, evaluation_id, student_id)
    return [] if job is None else [seen(job, with_text=with_text)]


async def class_now(session: AsyncSession, user: Principal, evaluation_id: int) -> Sequence[JobSeen]:
    """The newest job of every pupil, without any text. Raises Forbidden, NotFound."""
    await access.managed_evaluation(session, user, evaluation_id)
    newest = await reads.latest_of_each(session, evaluation_id)
    return [seen(job, with_text=False) for job in newest.values()]


async def _reads_along(session: AsyncSession, user: Principal, evaluation_id: int) -> bool:
    """Whether sentences may be shown while they are written: else a pupil waits for the teacher.

    The caller has made sure that this person may see the job, so for staff nothing is left to ask.
    """
    if user.is_staff:
        return True
    evaluation = await access.visible_evaluation(session, user, evaluation_id)
    return evaluation.release == "automatic"
