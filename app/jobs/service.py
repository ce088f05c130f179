"""Decisions about jobs: the only code that changes a job's state, always by a guarded UPDATE."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import metrics
from app.core.errors import Conflict, NotFound
from app.core.events import CancelSignal
from app.core.ids import ulid
from app.core.logs import current_request_id
from app.core.unit_of_work import UnitOfWork
from app.jobs import telemetry
from app.jobs.events import job_event
from app.jobs.models import Job
from app.jobs.outbox import Result, record_deliveries
from app.jobs.sql import claim as claiming
from app.jobs.sql import enqueue, pause, reads, retention, transitions
from app.jobs.sql.enqueue import NewJob
from app.jobs.sql.predicates import live
from app.jobs.states import LIVE, Outcome, State, attempts_are_spent, retry_delay
from app.settings import LANES
from app.tasks import QUEUES, summary_waits

log = structlog.get_logger(__name__)

SWEEP_LOCK = 7_241_983_552
SWEEP_LIMIT = 500
"""Rows that one sweep moves of each kind, and wake-ups that it keeps waiting in each lane at most."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: summaries of some pupils of one evaluation. `lane` is an index into LANES."""

    school_id: int
    evaluation_id: int
    student_ids: Sequence[int]
    lane: int
    requested_by: int | None
    max_retries: int = 3
    force: bool = False
    webhook_url: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """The live job of a pupil, and whether this call made it."""

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to finish one attempt of one job. Whoever holds another token is too late."""

    job_id: str
    token: uuid.UUID


async def queue(uow: UnitOfWork, order: Order, *, looked: bool = False) -> dict[int, Queued]:
    """Give every pupil of the order a live job; returns it by pupil.

    `looked`: the caller has just seen that none of them has one, so the first round need not look.

    1. Those who have a live job keep it. 2. The others get rows in one statement. 3. Who got one from
    somebody else between 1 and 2 is looked up again; if that one has ended meanwhile, go round. Each
    round makes progress for somebody, so three are enough for any real collision.
    """
    done: dict[int, Queued] = {}
    wanted = sorted(set(order.student_ids))
    for again in range(3):
        if again or not looked:
            live = await reads.live(uow.session, order.evaluation_id, wanted)
            done |= {student: Queued(job, created=False) for student, job in live.items()}
            wanted = [student for student in wanted if student not in done]
        if wanted:
            made = await _insert(uow, order, wanted)
            done |= {job.student_id: Queued(job, created=True) for job in made}
            wanted = [student for student in wanted if student not in done]
        if not wanted:
            return done
    raise Conflict("These summaries are being changed by somebody else right now; try again.")


async def _insert(uow: UnitOfWork, order: Order, students: Sequence[int]) -> list[Job]:
    rows = [NewJob(f"summary-{order.evaluation_id}-{student}-{ulid()}", student) for student in students]
    values = {
        "school_id": order.school_id,
        "evaluation_id": order.evaluation_id,
        "requested_by": order.requested_by,
        "lane": order.lane,
        "max_retries": order.max_retries,
        "force": order.force,
        "webhook_url": order.webhook_url,
        "request_id": current_request_id(),
    }
    made = await enqueue.insert_jobs(uow.session, rows, values)
    uow.wake(*(summary_waits(job.lane) for job in made if not job.held))
    uow.publish(*(job_event(job) for job in made))
    return made


async def claim(
    uow: UnitOfWork,
    *,
    lanes: tuple[int, int],
    woken_lane: int,
    worker: str,
    lease: float,
    lift: bool,
    suspects: bool = True,
) -> tuple[Job, Lease] | None:
    """Take the most urgent job that waits, whatever lane the wake-up was for; see claiming.claim.

    1. Claim. No row: nothing to do. 2. A more urgent job than the wake-up's lane was taken, so that
    lane's wake-up is used up while its job still waits: send it on.
    """
    token = uuid.uuid4()
    job = await claiming.claim(
        uow.session, lanes=lanes, worker=worker, token=token, lease=lease, lift=lift, suspects=suspects
    )
    if job is None:
        return None
    if job.lane < woken_lane:
        uow.wake(summary_waits(woken_lane))
    uow.publish(job_event(job))
    telemetry.claimed(job)
    return job, Lease(job.id, token)


async def complete(uow: UnitOfWork, lease: Lease, result: Result | None = None) -> Job | None:
    """End the attempt well. None: the lease was lost, and so the caller's result must not be stored.

    `result` reads the text for receivers of webhooks, if there are any: most schools have none, so that
    comes with the end itself.
    """
    job, heard = await transitions.complete(uow.session, lease.job_id, lease.token)
    if job is not None and (heard or job.webhook_url is not None):
        await record_deliveries(uow, [job], result)
    return _ended(uow, lease, job, Outcome.COMPLETED)


async def fail(uow: UnitOfWork, lease: Lease, code: str, *, retryable: bool) -> Job | None:
    """End the attempt badly: try again after 2, 4, 8, 16, 30 … minutes, or fail for good.

    None: the lease was lost, and nothing was changed.
    """
    held = await reads.held(uow.session, lease.job_id, lease.token)
    if held is None:
        return _ended(uow, lease, None, Outcome.FAILED, code)
    if retryable and not attempts_are_spent(held.retry_count, held.max_retries):
        delay = retry_delay(held.retry_count + 1)
        job = await transitions.put_back_for_retry(uow.session, lease.job_id, lease.token, code, delay)
        return _ended(uow, lease, job, Outcome.RETRY, code)
    job = await transitions.fail(uow.session, lease.job_id, lease.token, code)
    if job is not None:
        await record_deliveries(uow, [job])
    return _ended(uow, lease, job, Outcome.FAILED, code)


async def hand_back(uow: UnitOfWork, lease: Lease) -> Job | None:
    """Put the job back as it was, because this process stops; the attempt does not count."""
    job = await transitions.hand_back(uow.session, lease.job_id, lease.token)
    if job is not None:
        uow.wake(summary_waits(job.lane))
    return _ended(uow, lease, job, Outcome.HANDED_BACK)


def _ended(uow: UnitOfWork, lease: Lease, job: Job | None, outcome: Outcome, cause: str = "") -> Job | None:
    """Count and tell how an attempt ended. No job: no row moved, so somebody else owns it now."""
    if job is None:
        metrics.leases_lost.inc()
        log.info("lease_lost", job_id=lease.job_id, outcome_thrown_away=outcome.value)
        return None
    telemetry.attempt_ended(job, outcome.value, cause)
    uow.publish(job_event(job))
    return job


async def cancel(uow: UnitOfWork, school_id: int, job_id: str) -> Job:
    """Cancel one job for good. Raises NotFound, or Conflict when it has already ended."""
    moved = await transitions.cancel(uow.session, (Job.id == job_id) & (Job.school_id == school_id))
    if moved:
        await _cancelled(uow, moved)
        return moved[0]
    job = await reads.get(uow.session, school_id, job_id)
    if job is None:
        raise NotFound("There is no such job.")
    raise Conflict(f"This job is already {job.state}; it cannot be cancelled.", code=f"already_{job.state}")


async def cancel_evaluation(uow: UnitOfWork, school_id: int, evaluation_id: int) -> int:
    """Cancel every live job of an evaluation; returns how many there were."""
    condition = (Job.evaluation_id == evaluation_id) & (Job.school_id == school_id) & live
    moved = await transitions.cancel(uow.session, condition)
    await _cancelled(uow, moved)
    return len(moved)


async def _cancelled(uow: UnitOfWork, jobs: Sequence[Job]) -> None:
    await record_deliveries(uow, jobs)
    telemetry.cancelled(jobs)
    for job in jobs:
        uow.publish(CancelSignal(job.id), job_event(job))


async def order_again(session: AsyncSession, school_id: int, job_id: str, requested_by: int) -> Order:
    """The order that repeats a failed or cancelled job. Terminal states never change: it is a new job.

    Raises NotFound, or Conflict for a job that runs, waits or was completed.
    """
    job = await reads.get(session, school_id, job_id)
    if job is None:
        raise NotFound("There is no such job.")
    if State(job.state) in LIVE:
        raise Conflict(f"This job is still {job.state}; there is nothing to retry.", code="still_live")
    if job.state == State.COMPLETED:
        raise Conflict(
            "This job is completed; use regenerate to write a new summary.", code="already_completed"
        )
    return Order(
        school_id=school_id,
        evaluation_id=job.evaluation_id,
        student_ids=[job.student_id],
        lane=job.lane,
        requested_by=requested_by,
        max_retries=job.max_retries,
        force=job.force,
        webhook_url=job.webhook_url,
    )


async def sweep(uow: UnitOfWork, woken: Mapping[str, int] | None) -> None:
    """Mend what crashes and lost messages leave behind. `woken`: wake-ups that wait, by queue.

    1. One sweeper at a time. 2. Jobs whose lease ran out go back in line (or fail at the limit).
    3. Retries that are due may be claimed. 4. Whoever came back while a lane was paused or resumed is held or
    let go. 5. A lane with more waiting jobs than waiting wake-ups gets the difference; when the queue cannot
    be asked (None) the next sweep does it.
    """
    if not await transitions.try_lock(uow.session, SWEEP_LOCK):
        return
    metrics.sweeps.inc()
    expired = await transitions.expire_leases(uow.session, SWEEP_LIMIT)
    released = await transitions.release_due_retries(uow.session, SWEEP_LIMIT)
    await record_deliveries(uow, [job for job in expired if job.state == State.FAILED])
    strays = [
        *await pause.hold_strays(uow.session, SWEEP_LIMIT),
        *await pause.let_strays_go(uow.session, SWEEP_LIMIT),
    ]
    uow.publish(*(job_event(job) for job in (*expired, *released, *strays)))
    for job in expired:
        telemetry.lease_expired(job)
    metrics.swept_jobs.labels("retry_due").inc(len(released))
    metrics.swept_jobs.labels("pause").inc(len(strays))
    if woken is None:
        return
    for lane, waiting in (await transitions.waiting_by_lane(uow.session, SWEEP_LIMIT)).items():
        missing = waiting - woken.get(QUEUES[LANES[lane]], 0)
        if missing > 0:
            uow.wake(*(summary_waits(lane) for _ in range(missing)))
            metrics.swept_jobs.labels("woken").inc(missing)


async def forget_old(uow: UnitOfWork, days: int) -> int:
    """Delete jobs that ended longer ago, but not one that a stored summary came from; returns how many."""
    return await retention.delete_ended(uow.session, timedelta(days=days), SWEEP_LIMIT)
