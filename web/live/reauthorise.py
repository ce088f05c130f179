"""Checks every minute that each viewer may still look and was told all.

Many viewers at once, of all streams, with a handful of statements for all of them.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import authentication
from app.accounts.principal import Credential, Principal
from app.core.clock import Monotonic, monotonic
from app.core.db import SessionFactory, database_is_away
from app.evaluations import access
from app.evaluations.access import AccessRequest
from app.jobs.sql import reads
from app.jobs.sql.reads import Newest
from web.live.subscription import Viewer

log = structlog.get_logger(__name__)

RECHECK_EVERY = 60.0
"""Seconds between two checks of a viewer. They also tell what is news: an event may have been lost between a
worker and Redis, where nobody here could notice."""

GATHER = 5.0
"""Seconds in which those who are due are gathered for the same statements."""

AT_ONCE = 500
"""Viewers in the same statements."""


@dataclass(frozen=True, eq=False, slots=True)
class Watch:
    """Somebody who watches: who they are, what let them in, and the `seq` they were told of each job."""

    viewer: Viewer
    user: Principal
    credential: Credential
    told: Mapping[str, int]


Check = Callable[[Sequence[Watch]], Awaitable[None]]
"""Ends the viewers who may look no longer, and has those look again who were not told all."""


class Reauthoriser:
    """One per web process. Checks are spread, so that those who came together are not due together."""

    def __init__(self, check: Check, clock: Monotonic = monotonic) -> None:
        self._check = check
        self._clock = clock
        self._due: dict[Watch, float] = {}
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start checking in the background."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop checking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @contextmanager
    def keep(self, watch: Watch) -> Iterator[None]:
        """Check this viewer from time to time until the block ends."""
        self._due[watch] = self._next()
        try:
            yield
        finally:
            del self._due[watch]

    async def turn(self) -> None:
        """Check everybody who is due. If that cannot be done they stay due, and nobody is ended for it."""
        now = self._clock()
        due = [watch for watch, at in self._due.items() if at <= now]
        for start in range(0, len(due), AT_ONCE):
            batch = [watch for watch in due[start : start + AT_ONCE] if watch in self._due]
            try:
                await self._check(batch)
            except Exception as error:  # at the edge: whatever happens, the next turn comes
                log.warning("viewers_not_checked", cause=type(error).__name__, away=database_is_away(error))
                return
            self._due |= {watch: self._next() for watch in batch if watch in self._due}

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(GATHER)
            await self.turn()

    def _next(self) -> float:
        return self._clock() + RECHECK_EVERY * random.uniform(0.8, 1.2)


def checking(sessions: SessionFactory) -> Check:
    """The keeper's check, in a session of its own."""

    async def check(watches: Sequence[Watch]) -> None:
        async with sessions() as session:
            await check_all(session, watches)

    return check


async def check_all(session: AsyncSession, watches: Sequence[Watch]) -> None:
    """1. Who is no longer logged in, or is somebody else by now (name, role), is ended.
    2. Who watches one job or one pupil is ended when it is gone or may not be seen any more.
    3. Of these, who was not told the newest state looks again.
    4. Who watches more (staff: a class, the dashboard, the queue) looks again in any case, and that look
       decides by itself whether they still may.
    """
    holders = await authentication.authenticate_many(session, {watch.credential for watch in watches})
    narrow = []
    for watch in watches:
        if holders.get(watch.credential) != watch.user:
            watch.viewer.end()
        elif watch.viewer.topic.narrow:
            narrow.append(watch)
        else:
            watch.viewer.look_again()
    await _check_narrow(session, narrow)


async def _check_narrow(session: AsyncSession, watches: Sequence[Watch]) -> None:
    newest = await _newest(session, watches)
    requests = {watch: _access_request(watch, newest.get(watch)) for watch in watches}
    good = await access.still_good(session, {claim for claim in requests.values() if claim is not None})
    for watch, claim in requests.items():
        found = newest.get(watch)
        if claim not in good:
            watch.viewer.end()
        elif found is not None and found.seq > watch.told.get(found.job_id, -1):
            watch.viewer.look_again()


async def _newest(session: AsyncSession, watches: Sequence[Watch]) -> dict[Watch, Newest]:
    """The job that each watches; nothing for a job that is gone or a pupil who has none yet."""
    topics = [watch.viewer.topic for watch in watches]
    named = await reads.named(session, {topic.job_id for topic in topics if topic.job_id is not None})
    students = await reads.newest_of_students(session, {one for topic in topics if (one := topic.student)})
    found: dict[Watch, Newest] = {}
    for watch, topic in zip(watches, topics, strict=True):
        row = named.get(topic.job_id) if topic.job_id is not None else students.get(topic.student or (0, 0))
        if row is not None and row.school_id == watch.user.school_id:
            found[watch] = row
    return found


def _access_request(watch: Watch, newest: Newest | None) -> AccessRequest | None:
    """What this viewer must still be allowed; None when there is nothing to look at any more.

    Staff may see a job as long as they may see its evaluation, a pupil only the own one (`visible_job`).
    """
    student = watch.viewer.topic.student
    if student is not None:
        return AccessRequest(watch.user, *student)
    if newest is None:
        return None
    return AccessRequest(watch.user, newest.evaluation_id, None if watch.user.is_staff else newest.student_id)
