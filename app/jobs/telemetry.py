"""Counts and logs each end of an attempt: its outcome, its cause, and its three durations."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from app.core import metrics
from app.jobs.models import Job
from app.jobs.states import ERRORS, Outcome, State
from app.settings import LANES

log = structlog.get_logger(__name__)


def prepare() -> None:
    """Let every series begin at zero: Prometheus sees a rise only in a series that it has seen before."""
    for lane in LANES:
        for outcome in (Outcome.COMPLETED, Outcome.HANDED_BACK, Outcome.CANCELLED):
            metrics.jobs_ended.labels(lane, outcome.value, "")
        for outcome in (Outcome.FAILED, Outcome.RETRY):
            for cause in ERRORS:
                metrics.jobs_ended.labels(lane, outcome.value, cause)
        metrics.jobs_ended.labels(lane, Outcome.LEASE_LOST.value, "worker_lost")


def claimed(job: Job) -> None:
    """Measure the wait of a first attempt, without the time for which its lane was paused."""
    if job.started_at is not None and job.retry_count == 0:
        waited = (job.started_at - job.waiting_since).total_seconds()
        metrics.job_wait_seconds.labels(LANES[job.lane]).observe(waited)


def attempt_ended(job: Job, outcome: str, cause: str = "") -> None:
    """Count the end and log one line, from the entry that has just been added to the job's history.

    Durations are in seconds of database time: `waited` from the order to the start of this attempt, so for a
    retry it includes earlier attempts and pauses; `ran`; and `total`, both together. The line comes before
    the commit: if that fails, the attempt ends once more, with another line.
    """
    entry = job.history[-1]
    started, ended = (datetime.fromisoformat(entry[name]) for name in ("started_at", "ended_at"))
    metrics.jobs_ended.labels(LANES[job.lane], outcome, cause).inc()
    metrics.job_run_seconds.labels(LANES[job.lane]).observe((ended - started).total_seconds())
    _write("attempt_ended", job, entry["attempt"], outcome, cause, (job.created_at, started, ended))


def cancelled(jobs: Sequence[Job]) -> None:
    """Count and log jobs that were cancelled. A job that was still in line has not run."""
    for job in jobs:
        if job.history and job.history[-1]["outcome"] == Outcome.CANCELLED:
            attempt_ended(job, Outcome.CANCELLED.value)
            continue
        metrics.jobs_ended.labels(LANES[job.lane], Outcome.CANCELLED.value, "").inc()
        now = job.cancelled_at or job.created_at
        _write("cancelled_in_line", job, job.attempt, Outcome.CANCELLED.value, "", (job.created_at, now, now))


def lease_expired(job: Job) -> None:
    """Count and log an attempt that the sweeper has ended because its lease had run out."""
    outcome = Outcome.FAILED if job.state == State.FAILED else Outcome.LEASE_LOST
    metrics.swept_jobs.labels("lease_expired").inc()
    attempt_ended(job, outcome.value, "worker_lost")


def _write(
    event: str,
    job: Job,
    attempt: int,
    outcome: str,
    cause: str,
    times: tuple[datetime, datetime, datetime],
) -> None:
    """`times`: of the order, the start and the end."""
    ordered, started, ended = times
    log.info(
        event,
        task=job.task,
        job_id=job.id,
        school_id=job.school_id,
        request_id=job.request_id,
        attempt=attempt,
        outcome=outcome,
        cause=cause or None,
        waited=round((started - ordered).total_seconds(), 3),
        ran=round((ended - started).total_seconds(), 3),
        total=round((ended - ordered).total_seconds(), 3),
    )
