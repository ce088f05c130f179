"""The lease keeper: one per worker process, for all its running attempts together."""

import asyncio
from collections.abc import Awaitable, Callable

import redis
import redis.asyncio
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import Monotonic, monotonic
from app.core.db import DATABASE_AWAY, SessionFactory
from app.core.events import CANCEL_CHANNEL, Publisher
from app.jobs.attempt import RunningJob, StopReason
from app.jobs.models import Job
from app.jobs.service import Lease
from app.jobs.sql import transitions
from app.settings import WorkerSettings

log = structlog.get_logger(__name__)

TELL_EVERY = 0.1
"""Seconds between two rounds of progress events; the first event of a quiet time goes out at once."""

SAVE_EVERY = 1.0
"""Seconds within which a new sentence is stored, so that who comes in later sees it."""

PAUSE_AFTER_ERROR = 1.0


class LeaseKeeper:
    """Renews leases, stores drafts, publishes progress, and hears of cancels.

    A cancel arrives at once by pub/sub and, should that message get lost, with the next renewal, which
    then moves no row.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        publisher: Publisher,
        listener: "redis.asyncio.Redis",
        settings: WorkerSettings,
        clock: Monotonic = monotonic,
    ) -> None:
        self._sessions = sessions
        self._publisher = publisher
        self._listener = listener
        self._settings = settings
        self._clock = clock
        self._running: dict[str, RunningJob] = {}
        self._changed = asyncio.Event()

    def start(self, job: Job, lease: Lease) -> RunningJob:
        """Begin to keep this lease."""
        running = RunningJob(job, lease, self._changed, self._clock())
        self._running[lease.job_id] = running
        return running

    def end(self, running: RunningJob) -> None:
        """Stop keeping it. Another attempt of the same job may have taken its place meanwhile."""
        if self._running.get(running.lease.job_id) is running:
            del self._running[running.lease.job_id]

    @property
    def count(self) -> int:
        """How many attempts run in this process."""
        return len(self._running)

    def stop_all(self, reason: StopReason) -> None:
        """Stop every attempt."""
        for running in list(self._running.values()):
            running.stop(reason)

    async def run(self) -> None:
        """Keep everything until cancelled. A part that meets an error says so and goes on."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_forever(self._renew_loop, "renewing"))
            group.create_task(_forever(self._tell_loop, "publishing"))
            group.create_task(_forever(self._listen_loop, "listening"))

    async def _renew_loop(self) -> None:
        while True:
            await asyncio.sleep(min(SAVE_EVERY, self._settings.renew_every / 2))
            await self.renew_due()

    async def renew_due(self) -> None:
        """One round. 1. Choose who is due. 2. One UPDATE for all. 3. Whose row did not move has lost it."""
        now = self._clock()
        due = [
            one
            for one in self._running.values()
            if not one.finishing and (one.unsaved or now - one.renewed_at >= self._settings.renew_every)
        ]
        if not due:
            return
        renewals = [one.renewal() for one in due]
        async with self._sessions() as session, session.begin():
            kept = await transitions.renew(session, renewals, self._settings.lease)
        for one, renewal in zip(due, renewals, strict=True):
            if renewal.token in kept:
                one.renewed(now, renewal)
            else:
                one.stop("lease_lost")

    async def _tell_loop(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            events = [event for one in self._running.values() for event in one.take_events()]
            if events:
                await self._publisher.publish(events)
            await asyncio.sleep(TELL_EVERY)

    async def _listen_loop(self) -> None:
        async with self._listener.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CANCEL_CHANNEL)
            async for message in channel.listen():
                running = self._running.get(message["data"].decode())
                if running is not None:
                    running.stop("cancelled")


async def _forever(loop: Callable[[], Awaitable[None]], what: str) -> None:
    """Run a loop again after any error of the database or Redis; others are bugs and end the keeper."""
    while True:
        try:
            await loop()
        except (redis.RedisError, SQLAlchemyError, *DATABASE_AWAY) as fault:
            log.warning("keeper_paused", doing=what, cause=type(fault).__name__)
        await asyncio.sleep(PAUSE_AFTER_ERROR)
