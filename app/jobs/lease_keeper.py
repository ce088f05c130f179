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
from app.jobs.attempt import RunningAttempt, StopReason
from app.jobs.models import Job
from app.jobs.service import Lease
from app.jobs.sql import transitions
from app.settings import WorkerSettings

log = structlog.get_logger(__name__)

PUBLISH_INTERVAL_SECONDS = 0.1
"""Between two rounds of progress events; the first event of a quiet time goes out at once."""

SAVE_INTERVAL_SECONDS = 1.0
"""Within this time a new sentence is stored, so that readers who open the page later see it."""

ERROR_PAUSE_SECONDS = 1.0
"""How long a loop rests after an error of the database or Redis."""


class LeaseKeeper:
    """Renews leases, stores drafts, publishes progress, and listens for cancels.

    A cancel arrives at once by pub/sub and, should that message get lost, with the next renewal, which
    then changes no row.
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
        self._running: dict[str, RunningAttempt] = {}
        self._changed = asyncio.Event()

    def start(self, job: Job, lease: Lease) -> RunningAttempt:
        """Keep this lease from now on; returns the attempt, which must be handed to `end`."""
        running = RunningAttempt(job, lease, self._changed, self._clock())
        self._running[lease.job_id] = running
        return running

    def end(self, running: RunningAttempt) -> None:
        """Stop keeping its lease, but not that of a later attempt of the same job."""
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
        """Keep all leases until cancelled. A loop that meets an error logs it and goes on."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_run_again(self._renew_loop, "renewing"))
            group.create_task(_run_again(self._publish_loop, "publishing"))
            group.create_task(_run_again(self._listen_loop, "listening"))

    async def _renew_loop(self) -> None:
        while True:
            await asyncio.sleep(min(SAVE_INTERVAL_SECONDS, self._settings.renew_interval_seconds / 2))
            await self.renew_due()

    async def renew_due(self) -> None:
        """One round. 1. Choose those that are due. 2. One UPDATE for all. 3. Stop those that lost theirs."""
        now = self._clock()
        due = [
            one
            for one in self._running.values()
            if not one.finishing
            and (one.unsaved or now - one.renewed_at >= self._settings.renew_interval_seconds)
        ]
        if not due:
            return
        renewals = [one.renewal() for one in due]
        async with self._sessions() as session, session.begin():
            kept = await transitions.renew(session, renewals, self._settings.lease_seconds)
        for one, renewal in zip(due, renewals, strict=True):
            if renewal.token in kept:
                one.renewed(now, renewal)
            else:
                one.stop("lease_lost")

    async def _publish_loop(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            events = [event for one in self._running.values() for event in one.take_events()]
            if events:
                await self._publisher.publish(events)
            await asyncio.sleep(PUBLISH_INTERVAL_SECONDS)

    async def _listen_loop(self) -> None:
        async with self._listener.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CANCEL_CHANNEL)
            async for message in channel.listen():
                running = self._running.get(message["data"].decode())
                if running is not None:
                    running.stop("cancelled")


async def _run_again(loop: Callable[[], Awaitable[None]], what: str) -> None:
    """Run a loop again after an error of the database or Redis; any other is a bug and ends the keeper."""
    while True:
        try:
            await loop()
        except (redis.RedisError, SQLAlchemyError, *DATABASE_AWAY) as fault:
            log.warning("keeper_paused", doing=what, cause=type(fault).__name__)
        await asyncio.sleep(ERROR_PAUSE_SECONDS)
