"""What a stream begins with: the state in the database of one job, one student or an evaluation.

Streams read the same again for a refresh, when events may have been lost.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.events import SentenceState
from app.evaluations import access
from app.jobs.events import job_state
from app.jobs.models import Job, student_of
from app.jobs.sql import reads
from app.summaries import service
from web.live.feed import JobUpdate


def job_update(job: Job, *, may_read: bool) -> JobUpdate:
    """The row of a job as a stream sends it. `may_read` adds the sentences of the running attempt."""
    drafts = job.draft if may_read and job.draft else []
    sentences = tuple(SentenceState(one["index"], one["kind"], one["text"]) for one in drafts)
    _, evaluation_id, student_id = student_of(job)
    return JobUpdate(job.id, evaluation_id, student_id, job.seq, job_state(job), may_read, sentences)


async def authorise_job(session: AsyncSession, user: Principal, job_id: str) -> bool:
    """Whether this user, who may see the job, may also read its sentences. Raises NotFound."""
    job = await service.visible_job(session, user, job_id)
    return await _may_read_sentences(session, user, student_of(job).evaluation_id)


async def authorise_student(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> bool:
    """As `authorise_job`, for the newest job of a student, whichever that is. Raises NotFound."""
    await access.visible_student(session, user, evaluation_id, student_id)
    return await _may_read_sentences(session, user, evaluation_id)


async def read_job(
    session: AsyncSession, school_id: int, job_id: str, *, may_read: bool
) -> Sequence[JobUpdate]:
    """One job, for a user who was authorised; nothing when it is gone."""
    job = await reads.get(session, school_id, job_id)
    return [] if job is None else [job_update(job, may_read=may_read)]


async def read_student(
    session: AsyncSession, evaluation_id: int, student_id: int, *, may_read: bool
) -> Sequence[JobUpdate]:
    """The newest job of a student, if there is one, for a user who was authorised."""
    job = await reads.latest(session, evaluation_id, student_id)
    return [] if job is None else [job_update(job, may_read=may_read)]


async def read_evaluation(session: AsyncSession, user: Principal, evaluation_id: int) -> Sequence[JobUpdate]:
    """The newest job of every student, without any text. Raises Forbidden, NotFound."""
    await access.managed_evaluation(session, user, evaluation_id)
    newest = await reads.latest_of_each(session, evaluation_id)
    return [job_update(job, may_read=False) for job in newest.values()]


async def _may_read_sentences(session: AsyncSession, user: Principal, evaluation_id: int) -> bool:
    """Whether sentences may be shown while they are written. With "reviewed", students wait for the teacher.

    The caller has checked that this user may see the job; for staff that is enough.
    """
    if user.is_staff:
        return True
    evaluation = await access.visible_evaluation(session, user, evaluation_id)
    return evaluation.release == "automatic"
