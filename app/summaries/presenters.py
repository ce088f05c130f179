"""Builds what a reader sees of a job or a summary from the rows, and hides what is not released."""

import math
from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.jobs.models import Job, student_of
from app.jobs.position import Pace, seconds_until_done
from app.jobs.sql import reads
from app.jobs.states import State
from app.settings import LANES
from app.summaries import repository
from app.summaries.models import Summary
from app.summaries.schemas import JobOut, ResultOut, SentenceOut, SummaryOut
from app.tasks import QUEUES
from app.webhooks import service as webhooks


def may_read(user: Principal, summary: Summary) -> bool:
    """A pupil reads what was released; those who run the evaluation read drafts too."""
    return user.is_staff or summary.state == "released"


async def job_out(session: AsyncSession, user: Principal, job: Job) -> JobOut:
    """One job with its place in line, a time, and its result if this reader may have it."""
    position = await reads.position(session, job)
    pace = await reads.pace(session) if job.unfinished else None
    result = await _result(session, user, job)
    told = await told_of(session, [job])
    return plain_job(job, position, eta_seconds(job, position, pace), result, told)


async def told_of(session: AsyncSession, jobs: Sequence[Job]) -> set[str]:
    """Of these jobs those whose `webhook_url` has accepted their end."""
    asked = [job.id for job in jobs if job.webhook_url is not None and not job.unfinished]
    return await webhooks.delivered(session, asked) if asked else set()


async def _result(session: AsyncSession, user: Principal, job: Job) -> ResultOut | None:
    """The text that this job made; none when a later job has replaced it."""
    if job.state != State.COMPLETED:
        return None
    summary = await repository.get(session, *student_of(job))
    if summary is None or summary.job_id != job.id or not may_read(user, summary):
        return None
    stored = await repository.sentences(session, summary.id)
    return ResultOut(
        summary_text=" ".join(sentence.text for sentence in stored),
        generation_method=summary.method,
        feedback_count=summary.comments_total,
    )


def eta_seconds(job: Job, position: int | None, pace: Pace | None) -> int | None:
    """Seconds until the job is done, from the median of the latest runs; None when it cannot be told."""
    if pace is None:
        return None
    if job.state == State.PROCESSING:
        return max(1, math.ceil(pace.run_seconds * (100 - job.progress) / 100))
    return None if position is None else seconds_until_done(position, pace)


def plain_job(
    job: Job,
    position: int | None = None,
    eta: int | None = None,
    result: ResultOut | None = None,
    told: Collection[str] = (),
) -> JobOut:
    """A job as the row says. `told`: the answer of `told_of` for it and perhaps others."""
    lane = LANES[job.lane]
    student = student_of(job)
    return JobOut(
        job_id=job.id,
        status=job.state,
        student_id=student.student_id,
        evaluation_id=student.evaluation_id,
        priority=lane,
        queue=QUEUES[lane],
        progress=job.progress,
        stage=job.stage,
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        cancelled_at=job.cancelled_at,
        retry_count=job.retry_count,
        max_retries=job.max_retries,
        next_retry_at=job.next_retry_at,
        held=job.held,
        error_message=job.error_message,
        webhook_delivered=None if job.webhook_url is None else job.id in told,
        position=position,
        eta_seconds=eta,
        result=result,
    )


def summary_out(
    summary: Summary, name: str, stored: Sequence[repository.StoredSentence], *, cached: bool
) -> SummaryOut:
    """A stored summary with its sentences."""
    return SummaryOut(
        student_id=summary.student_id,
        student_name=name,
        summary_text=" ".join(sentence.text for sentence in stored),
        generation_method=summary.method,
        feedback_count=summary.comments_total,
        cached=cached,
        sentences=[SentenceOut(one.position, one.kind, one.text) for one in stored],
    )
