"""Waits for the end of one job on behalf of the synchronous call, without asking the database in between."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from app.core.db import SessionFactory
from app.jobs.sql import reads
from app.jobs.states import TERMINAL
from web.live.feed import QUIET, WITHOUT_REDIS
from web.live.hub import Hub
from web.live.subscription import Topic, Viewer


@dataclass(frozen=True, slots=True)
class HubWaiter:
    """A summaries.waiting.JobWaiter on top of the hub."""

    hub: Hub
    sessions: SessionFactory

    async def wait_for_end(self, school_id: int, job_id: str, seconds: float) -> None:
        """1. Subscribe. 2. Look: it may have ended before. 3. Wait for its last event, or for the time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self.hub.watch(Topic(school_id, job_id=job_id)) as viewer:
                while not await self._has_ended(school_id, job_id):
                    await self._end_or_doubt(viewer)

    async def _end_or_doubt(self, viewer: Viewer) -> None:
        """Return when an event tells of the end, or when one may have been missed."""
        while True:
            events = await viewer.take(QUIET if self.hub.connected else WITHOUT_REDIS)
            told = any(event.job and event.job.status in TERMINAL for event in events)
            if told or viewer.take_missed() or not self.hub.connected:
                return

    async def _has_ended(self, school_id: int, job_id: str) -> bool:
        async with self.sessions() as session:
            job = await reads.get(session, school_id, job_id)
            return job is None or job.state in TERMINAL
