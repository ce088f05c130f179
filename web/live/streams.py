"""What every stream is made with, and the HTTP response that carries it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, nullcontext, suppress
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.core.clock import monotonic
from app.core.db import SessionFactory
from app.core.errors import NotFound
from app.jobs.position import Pace
from app.jobs.states import TERMINAL
from app.monitoring.schemas import QueueCounts
from app.monitoring.time_series import History
from app.summaries.repository import ClassCounts
from web.deps import AnyRequest, current_user
from web.live import initial_state
from web.live.feed import MAX_CONCURRENT_READS, Feed, JobUpdate
from web.live.hub import Hub
from web.live.reauthorise import OpenStream, Reauthoriser
from web.live.shared_cache import SharedCache
from web.live.subscription import Subscription, Topic

PING_INTERVAL_SECONDS = 15
"""Hosts such as Heroku cut a connection that was silent for 55 s (docs/adr/0007-own-hub.md)."""

SEND_TIMEOUT_SECONDS = 10
"""Without this limit a client on dead Wi-Fi would never be dropped (docs/adr/0007-own-hub.md)."""

PACE_INTERVAL_SECONDS = 2.0

ReadTopic = Callable[[AsyncSession], Awaitable[Sequence[JobUpdate]]]
"""Reads the present state of a topic, in a session that is closed before anything is sent.

For a topic of more than one job or student it also raises AppError when the user may no longer see it. Users
of the other topics are checked by the reauthoriser, many at once.
"""


@dataclass(frozen=True, slots=True)
class Streams:
    """One per web process. The caches are shared by its streams; keys are ids of evaluations and schools."""

    hub: Hub
    sessions: SessionFactory
    reauthoriser: Reauthoriser
    evaluation_counts: SharedCache[ClassCounts]
    queue_counts: SharedCache[QueueCounts]
    history: SharedCache[History]
    paces: SharedCache[Pace | None]
    read_slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_READS))

    async def pace(self) -> Pace | None:
        """How fast jobs go at present, read at most once in PACE_INTERVAL_SECONDS."""
        return await self.paces.get(0, monotonic() - PACE_INTERVAL_SECONDS)

    def feed(
        self, request: AnyRequest, topic: Topic, read: ReadTopic, min_interval_seconds: float = 0.0
    ) -> Feed:
        """The feed of a stream that this request opens. The caller has authorised the request."""
        user, credential = current_user(request), request.auth

        async def read_state() -> Sequence[JobUpdate]:
            async with self.sessions() as session:
                return await read(session)

        def register(subscription: Subscription, sent: Mapping[str, int]) -> AbstractContextManager[None]:
            return self.reauthoriser.register(OpenStream(subscription, user, credential, sent))

        return Feed(
            self.hub,
            topic,
            read_state,
            register,
            min_interval_seconds=min_interval_seconds,
            read_slots=self.read_slots,
        )

    async def wait_for_end(self, school_id: int, job_id: str, seconds: float) -> None:
        """Return when the job has ended or is gone, or after this many seconds.

        For the synchronous read: this is the JobWaiter of app/summaries/synchronous_read.py.
        """

        async def read_state() -> Sequence[JobUpdate]:
            async with self.sessions() as session:
                found = await initial_state.read_job(session, school_id, job_id, may_read=False)
            if not found:
                raise NotFound("There is no such job.")
            return found

        topic = Topic(school_id, job_id=job_id)
        feed = Feed(self.hub, topic, read_state, lambda *_: nullcontext(), read_slots=self.read_slots)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), aclosing(feed.items()) as items:
                async for item in items:
                    if isinstance(item, JobUpdate) and item.state.status in TERMINAL:
                        return


def event_stream(events: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """The response for a program. Its pings are comments, and proxies are asked not to buffer it."""
    return EventSourceResponse(events, ping=PING_INTERVAL_SECONDS, send_timeout=SEND_TIMEOUT_SECONDS)


def page_event_stream(events: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """The response for a page. Its pings are events, and the first comes at once.

    A browser does not show comments to its page. The page must know that the stream gets through at all, or
    else poll, and later that it is still open.
    """
    return EventSourceResponse(
        _ping_first(events),
        ping=PING_INTERVAL_SECONDS,
        ping_message_factory=_ping,
        send_timeout=SEND_TIMEOUT_SECONDS,
    )


async def _ping_first(events: AsyncIterator[ServerSentEvent]) -> AsyncIterator[ServerSentEvent]:
    yield _ping()
    async for event in events:
        yield event


def _ping() -> ServerSentEvent:
    return ServerSentEvent(event="ping", data="{}")
