"""The sweeper: mends what crashes and lost messages leave behind, every few seconds."""

import asyncio
from collections.abc import Mapping

import structlog

from app.core import metrics
from app.core.db import database_is_away
from app.core.dispatch import Dispatcher, DispatchFault
from app.core.logs import new_request_id
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.jobs import telemetry
from app.jobs.events import job_events
from app.jobs.outbox import publish_ended
from app.jobs.sql import pause, reads, transitions
from app.jobs.states import State
from app.tasks import job_queues, job_waits

log = structlog.get_logger(__name__)

SWEEP_LOCK = 7_241_983_552
"""The number of the advisory lock that the sweeping process holds."""

SWEEP_LIMIT = 500
"""Rows that one sweep moves of each kind, and wake-ups that it keeps waiting in each lane at most."""


class Sweeper:
    """One per worker process; a lock in the database lets one of them sweep at a time."""

    def __init__(self, units: UnitOfWorkFactory, dispatcher: Dispatcher, interval: float) -> None:
        """`interval` in seconds from one sweep to the next."""
        self._units = units
        self._dispatcher = dispatcher
        self._interval = interval

    async def run(self) -> None:
        """Sweep until cancelled. While the database is away there is nothing to sweep."""
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self.sweep_once()
            except Exception as error:
                if not database_is_away(error):
                    raise
                log.warning("sweep_skipped", cause=type(error).__name__)

    async def sweep_once(self) -> None:
        """One sweep, on behalf of all processes."""
        try:
            woken = {queue: await self._dispatcher.waiting(queue) for _, _, queue in job_queues()}
        except DispatchFault:
            woken = None
        with new_request_id():
            async with self._units() as uow:
                await sweep(uow, woken)


async def sweep(uow: UnitOfWork, woken: Mapping[str, int] | None) -> None:
    """Mend what is broken. `woken` counts the wake-ups that wait, by queue; None: the queues cannot be asked.

    1. One sweeper at a time. 2. Jobs whose lease ran out go back in line (or fail at the limit).
    3. Retries that are due may be claimed. 4. Jobs that came back while their lane was being paused or
    resumed are paused or resumed. 5. A task's lane with more waiting jobs than waiting wake-ups gets the
    difference; with `woken` None the next sweep does it.
    """
    if not await reads.try_lock(uow.session, SWEEP_LOCK):
        return
    metrics.sweeps.inc()
    expired = await transitions.expire_leases(uow.session, SWEEP_LIMIT)
    released = await transitions.release_due_retries(uow.session, SWEEP_LIMIT)
    await publish_ended(uow, [job for job in expired if job.state == State.FAILED])
    missed = [
        *await pause.pause_missed(uow.session, SWEEP_LIMIT),
        *await pause.resume_missed(uow.session, SWEEP_LIMIT),
    ]
    uow.publish(*job_events(*expired, *released, *missed))
    for job in expired:
        telemetry.lease_expired(job)
    metrics.swept_jobs.labels("retry_due").inc(len(released))
    metrics.swept_jobs.labels("pause").inc(len(missed))
    if woken is not None:
        await _wake_for_waiting(uow, woken)


async def _wake_for_waiting(uow: UnitOfWork, woken: Mapping[str, int]) -> None:
    """Jobs of tasks that this version does not know are left to the processes that know them."""
    waiting = await reads.next_waiting(uow.session, SWEEP_LIMIT)
    for task, lane, queue in job_queues():
        missing = waiting.get((task, lane), 0) - woken.get(queue, 0)
        if missing > 0:
            uow.wake(*(job_waits(task, lane) for _ in range(missing)))
            metrics.swept_jobs.labels("woken").inc(missing)
