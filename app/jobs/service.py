"""Decisions about jobs: the only code that changes a job's state, always by a guarded UPDATE."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import metrics
from app.core.errors import Conflict, NotFound
from app.core.events import CancelSignal
from app.core.ids import ulid
from app.core.logs import current_request_id
from app.core.unit_of_work import UnitOfWork
from app.jobs import telemetry
from app.jobs.events import job_events, wake_ups
from app.jobs.models import Job
from app.jobs.outbox import publish_ended
from app.jobs.sql import claim as claiming
from app.jobs.sql import enqueue, reads, retention, transitions
from app.jobs.sql.claim import Choice
from app.jobs.sql.enqueue import NewJob
from app.jobs.sql.predicates import of_summaries, unfinished
from app.jobs.states import Outcome, State, attempts_are_spent, retry_delay
from app.settings import LANES
from app.tasks import WakeUp

log = structlog.get_logger(__name__)

RETENTION_LIMIT = 500
"""Old jobs that one call of `forget_old` deletes at most."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What one job is to be about. `key` says it in the words of the job's task, in at most 100 letters."""

    key: str
    evaluation_id: int | None = None
    student_id: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a job of this task about each subject. `lane` is an index into LANES.

    What a task asks of school, evaluation and student is a constraint of the table (app/jobs/models.py).
    """

    task: str
    subjects: Sequence[Subject]
    lane: int
    school_id: int | None = None
    requested_by: int | None = None
    max_retries: int = 3
    force: bool = False
    webhook_url: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """The unfinished job about a subject, and whether this call made it."""

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to end one attempt of one job. A holder of another token is too late."""

    job_id: str
    token: uuid.UUID


@dataclass(frozen=True, slots=True)
class Completion:
    """A job that is completed, and who waits to hear of it."""

    job: Job
    has_receivers: bool
    """Whether programs of its school listen, which get what it has made."""

    @property
    def listened_for(self) -> bool:
        """Whether `outbox.publish_ended` has anything to store for it."""
        return self.has_receivers or self.job.webhook_url is not None


async def queue(uow: UnitOfWork, order: Order, *, none_unfinished: bool = False) -> dict[str, Queued]:
    """Give every subject of the order an unfinished job; returns it by the subject's key.

    `none_unfinished`: the caller has just seen that no subject has one, so the first round need not look.
    Raises Conflict when others keep changing the same jobs.

    1. A subject that has an unfinished job keeps it. 2. The others get rows in one statement. 3. A subject
    for which somebody else made a job between 1 and 2 is looked up again; if that job has ended meanwhile,
    the next round makes one. Each round makes progress for somebody, so three are
    enough for any real collision.
    """
    done: dict[str, Queued] = {}
    wanted = {subject.key: subject for subject in order.subjects}
    for again in range(3):
        if again or not none_unfinished:
            found = await reads.unfinished(uow.session, order.task, list(wanted))
            done |= {key: Queued(job, created=False) for key, job in found.items()}
            wanted = {key: subject for key, subject in wanted.items() if key not in done}
        if wanted:
            made = await _insert(uow, order, list(wanted.values()))
            done |= {job.subject_key: Queued(job, created=True) for job in made}
            wanted = {key: subject for key, subject in wanted.items() if key not in done}
        if not wanted:
            return done
    raise Conflict("These jobs are being changed by somebody else right now; try again.")


async def _insert(uow: UnitOfWork, order: Order, subjects: Sequence[Subject]) -> list[Job]:
    rows = [
        NewJob(_new_id(order.task, subject.key), subject.key, subject.evaluation_id, subject.student_id)
        for subject in subjects
    ]
    values = {
        "task": order.task,
        "school_id": order.school_id,
        "requested_by": order.requested_by,
        "lane": order.lane,
        "max_retries": order.max_retries,
        "force": order.force,
        "webhook_url": order.webhook_url,
        "request_id": current_request_id(),
    }
    made = await enqueue.insert_jobs(uow.session, rows, values)
    uow.wake(*wake_ups(made))
    uow.publish(*job_events(*made))
    return made


def _new_id(task: str, key: str) -> str:
    """Task and key, for people who read logs; then a ULID, which makes it unique and sorts by time."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", key)[:30]
    return f"{task}-{words}-{ulid()}"


async def claim(
    uow: UnitOfWork, choice: Choice, *, woken_by: WakeUp, worker: str, lease: float
) -> tuple[Job, Lease] | None:
    """Take the most urgent job that waits, whatever the wake-up was for. `lease` is in seconds.

    1. Claim. No row: nothing to do. 2. The wake-up was for another task or a less urgent lane. It is used up
    now while the job that it was sent for still waits, so send it again.
    """
    token = uuid.uuid4()
    job = await claiming.claim(uow.session, choice, worker=worker, token=token, lease=lease)
    if job is None:
        return None
    if job.task != woken_by.task or job.lane < LANES.index(woken_by.lane):
        uow.wake(woken_by)
    uow.publish(*job_events(job))
    telemetry.claimed(job)
    return job, Lease(job.id, token)


async def complete(uow: UnitOfWork, lease: Lease) -> Job | None:
    """End the attempt well, and publish that. None: the lease was lost, and nothing was changed.

    For jobs that make nothing to be published; others use `complete_unpublished`.
    """
    completion = await complete_unpublished(uow, lease)
    if completion is None:
        return None
    if completion.listened_for:
        await publish_ended(uow, [completion.job])
    return completion.job


async def complete_unpublished(uow: UnitOfWork, lease: Lease) -> Completion | None:
    """End the attempt well. None: the lease was lost, so what the attempt has made must not be stored.

    If the completion is `listened_for`, the caller hands it to `outbox.publish_ended`, with what was made.
    """
    job, heard = await transitions.complete(uow.session, lease.job_id, lease.token)
    ended = _ended(uow, lease, job, Outcome.COMPLETED)
    return None if ended is None else Completion(ended, heard)


async def fail(uow: UnitOfWork, lease: Lease, code: str, *, retryable: bool) -> Job | None:
    """End the attempt badly: try again after 2, 4, 8, 16, 30 … minutes, or fail for good.

    `code` is a key of states.ERRORS. None: the lease was lost, and nothing was changed.
    """
    owned = await reads.owned(uow.session, lease.job_id, lease.token)
    if owned is None:
        return _ended(uow, lease, None, Outcome.FAILED, code)
    if retryable and not attempts_are_spent(owned.retry_count, owned.max_retries):
        delay = retry_delay(owned.retry_count + 1)
        job = await transitions.put_back_for_retry(uow.session, lease.job_id, lease.token, code, delay)
        return _ended(uow, lease, job, Outcome.RETRY, code)
    job = await transitions.fail(uow.session, lease.job_id, lease.token, code)
    if job is not None:
        await publish_ended(uow, [job])
    return _ended(uow, lease, job, Outcome.FAILED, code)


async def hand_back(uow: UnitOfWork, lease: Lease) -> Job | None:
    """Put the job back as it was, because this process stops; the attempt does not count.

    None: the lease was lost, and nothing was changed.
    """
    job = await transitions.hand_back(uow.session, lease.job_id, lease.token)
    if job is not None:
        uow.wake(*wake_ups([job]))
    return _ended(uow, lease, job, Outcome.HANDED_BACK)


def _ended(uow: UnitOfWork, lease: Lease, job: Job | None, outcome: Outcome, cause: str = "") -> Job | None:
    """Count and publish how an attempt ended. No job: no row moved, so another process owns it now."""
    if job is None:
        metrics.leases_lost.inc()
        log.info("lease_lost", job_id=lease.job_id, outcome_thrown_away=outcome.value)
        return None
    telemetry.attempt_ended(job, outcome.value, cause)
    uow.publish(*job_events(job))
    return job


async def cancel(uow: UnitOfWork, school_id: int, job_id: str) -> Job:
    """Cancel one job of this school for good. Raises NotFound, or Conflict when it has already ended."""
    moved = await transitions.cancel(uow.session, (Job.id == job_id) & (Job.school_id == school_id))
    if moved:
        await _cancelled(uow, moved)
        return moved[0]
    job = await reads.get(uow.session, school_id, job_id)
    if job is None:
        raise NotFound("There is no such job.")
    raise Conflict(f"This job is already {job.state}; it cannot be cancelled.", code=f"already_{job.state}")


async def cancel_evaluation(uow: UnitOfWork, school_id: int, evaluation_id: int) -> int:
    """Cancel every unfinished summary of an evaluation; returns how many there were."""
    chosen = and_(Job.evaluation_id == evaluation_id, Job.school_id == school_id, of_summaries, unfinished)
    moved = await transitions.cancel(uow.session, chosen)
    await _cancelled(uow, moved)
    return len(moved)


async def _cancelled(uow: UnitOfWork, jobs: Sequence[Job]) -> None:
    await publish_ended(uow, jobs)
    telemetry.cancelled(jobs)
    for job in jobs:
        uow.publish(CancelSignal(job.id), *job_events(job))


async def order_again(session: AsyncSession, school_id: int, job_id: str, requested_by: int) -> Order:
    """The order that repeats a failed or cancelled job. Terminal states never change: it is a new job.

    Raises NotFound, or Conflict for a job that runs, waits or was completed.
    """
    job = await reads.get(session, school_id, job_id)
    if job is None:
        raise NotFound("There is no such job.")
    if job.unfinished:
        raise Conflict(f"This job is still {job.state}; there is nothing to retry.", code="still_live")
    if job.state == State.COMPLETED:
        raise Conflict(
            "This job is completed; use regenerate to write a new summary.", code="already_completed"
        )
    return Order(
        task=job.task,
        subjects=[Subject(job.subject_key, job.evaluation_id, job.student_id)],
        lane=job.lane,
        school_id=school_id,
        requested_by=requested_by,
        max_retries=job.max_retries,
        force=job.force,
        webhook_url=job.webhook_url,
    )


async def forget_old(uow: UnitOfWork, days: int) -> int:
    """Delete jobs that ended longer ago, but not one that a stored summary came from; returns how many."""
    return await retention.delete_ended(uow.session, timedelta(days=days), RETENTION_LIMIT)
