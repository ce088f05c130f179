"""Checks every minute that the users of open streams may still see them, and that they were sent everything.

All streams that are due are checked together, with a handful of statements.
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
from web.live.subscription import Subscription

log = structlog.get_logger(__name__)

RECHECK_INTERVAL_SECONDS = 60.0
"""Time between two checks of a stream. They also find changes whose event was lost between a worker and
Redis, which no web process could notice otherwise."""

GATHER_INTERVAL_SECONDS = 5.0
"""Streams that become due within this time are checked together."""

MAX_STREAMS_PER_CHECK = 500


@dataclass(frozen=True, eq=False, slots=True)
class OpenStream:
    """One open stream: its user, the credential that opened it, and the `seq` that was sent of each job."""

    subscription: Subscription
    user: Principal
    credential: Credential
    sent: Mapping[str, int]


Check = Callable[[Sequence[OpenStream]], Awaitable[None]]
"""Ends the streams whose user may no longer see them, and refreshes those that missed a change."""


class Reauthoriser:
    """One per web process. It spreads the checks, so that streams opened together are not due together."""

    def __init__(self, check: Check, clock: Monotonic = monotonic) -> None:
        self._check = check
        self._clock = clock
        self._due_at: dict[OpenStream, float] = {}
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
    def register(self, stream: OpenStream) -> Iterator[None]:
        """Check this stream from time to time until the block ends."""
        self._due_at[stream] = self._next_check()
        try:
            yield
        finally:
            del self._due_at[stream]

    async def check_due(self) -> None:
        """Check the streams that are due. When a check fails they stay due, and none of them ends."""
        now = self._clock()
        due = [stream for stream, due_at in self._due_at.items() if due_at <= now]
        for start in range(0, len(due), MAX_STREAMS_PER_CHECK):
            some = [one for one in due[start : start + MAX_STREAMS_PER_CHECK] if one in self._due_at]
            try:
                await self._check(some)
            except Exception as error:  # whatever happened, the next round tries again
                log.warning("viewers_not_checked", cause=type(error).__name__, away=database_is_away(error))
                return
            self._due_at |= {stream: self._next_check() for stream in some if stream in self._due_at}

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(GATHER_INTERVAL_SECONDS)
            await self.check_due()

    def _next_check(self) -> float:
        return self._clock() + RECHECK_INTERVAL_SECONDS * random.uniform(0.8, 1.2)


def database_check(sessions: SessionFactory) -> Check:
    """The check of the reauthoriser, each time in a new session."""

    async def check(streams: Sequence[OpenStream]) -> None:
        async with sessions() as session:
            await check_all(session, streams)

    return check


async def check_all(session: AsyncSession, streams: Sequence[OpenStream]) -> None:
    """Check these streams.

    1. A stream ends when its user is no longer logged in, or has another name or role by now.
    2. A stream about one job or one student ends when that is gone or may no longer be seen.
    3. Of the others under 2, a stream that was not sent the newest state is refreshed.
    4. A stream about more (an evaluation, the dashboard, the queue; all for staff) is always refreshed. The
       read of that refresh decides by itself whether the user may still see it.
    """
    holders = await authentication.authenticate_many(session, {stream.credential for stream in streams})
    single = []
    for stream in streams:
        if holders.get(stream.credential) != stream.user:
            stream.subscription.end()
        elif stream.subscription.topic.is_single:
            single.append(stream)
        else:
            stream.subscription.request_refresh()
    await _check_single(session, single)


async def _check_single(session: AsyncSession, streams: Sequence[OpenStream]) -> None:
    newest = await _newest_jobs(session, streams)
    requests = {stream: _access_request(stream, newest.get(stream)) for stream in streams}
    granted = await access.still_good(session, {one for one in requests.values() if one is not None})
    for stream, request in requests.items():
        job = newest.get(stream)
        if request not in granted:
            stream.subscription.end()
        elif job is not None and job.seq > stream.sent.get(job.job_id, -1):
            stream.subscription.request_refresh()


async def _newest_jobs(session: AsyncSession, streams: Sequence[OpenStream]) -> dict[OpenStream, Newest]:
    """The job of each stream. A stream has none when its job is gone or its student has no job yet."""
    topics = [stream.subscription.topic for stream in streams]
    by_id = await reads.named(session, {topic.job_id for topic in topics if topic.job_id is not None})
    student_keys = {key for topic in topics if (key := topic.student_key)}
    by_student = await reads.newest_of_students(session, student_keys)
    found: dict[OpenStream, Newest] = {}
    for stream, topic in zip(streams, topics, strict=True):
        key = topic.student_key or (0, 0)
        job = by_id.get(topic.job_id) if topic.job_id is not None else by_student.get(key)
        if job is not None and job.school_id == stream.user.school_id:
            found[stream] = job
    return found


def _access_request(stream: OpenStream, newest: Newest | None) -> AccessRequest | None:
    """What this user must still be allowed to see; None when there is nothing to see any more.

    Staff may see a job as long as they may see its evaluation. A student may see only his or her own job
    (`visible_job`).
    """
    student_key = stream.subscription.topic.student_key
    if student_key is not None:
        return AccessRequest(stream.user, *student_key)
    if newest is None:
        return None
    student_id = None if stream.user.is_staff else newest.student_id
    return AccessRequest(stream.user, newest.evaluation_id, student_id)
