"""What is told of a job: its event for viewers, built from the row alone."""

from app.core.events import Event, JobState
from app.jobs.models import Job
from app.settings import LANES


def job_state(job: Job) -> JobState:
    """The small state of a job, without any text that a pupil or the model wrote."""
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


def job_event(job: Job) -> Event:
    """The event that says how a job stands now."""
    return Event(
        name="job",
        school_id=job.school_id,
        evaluation_id=job.evaluation_id,
        student_id=job.student_id,
        job_id=job.id,
        seq=job.seq,
        job=job_state(job),
    )
