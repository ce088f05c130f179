"""What is published of jobs: events for viewers, built from the row alone, and wake-ups for workers."""

from collections.abc import Iterable

from app.core.events import Event, JobState
from app.jobs.models import Job
from app.jobs.states import Status, effective_status
from app.settings import LANES
from app.tasks import TASKS, WakeUp, job_waits


def job_state(job: Job) -> JobState:
    """The small state of a job, without any text that a student or the model wrote."""
    return JobState(
        status=job.state,
        priority=LANES[job.lane],
        progress=job.progress,
        stage=job.stage,
        retry_count=job.retry_count,
        max_retries=job.max_retries,
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        cancelled_at=job.cancelled_at,
        next_retry_at=job.next_retry_at,
        error_code=job.error_code,
        held=job.held,
    )


def status_of(state: JobState) -> Status:
    """The effective status of a job whose state was published."""
    return effective_status(state.status, paused=state.held, next_retry_at=state.next_retry_at)


def job_events(*jobs: Job) -> list[Event]:
    """The events that say how these jobs stand now. Only summaries have viewers."""
    return [
        Event(
            name="job",
            school_id=student.school_id,
            evaluation_id=student.evaluation_id,
            student_id=student.student_id,
            job_id=job.id,
            seq=job.seq,
            job=job_state(job),
        )
        for job in jobs
        if (student := job.student) is not None
    ]


def wake_ups(jobs: Iterable[Job]) -> list[WakeUp]:
    """One for each of these jobs that may be claimed now.

    Jobs of a task that this version does not know are left to the sweepers of processes that know it.
    """
    return [
        job_waits(job.task, job.lane)
        for job in jobs
        if job.effective_status is Status.WAITING and job.task in TASKS
    ]
