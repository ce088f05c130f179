"""What every stream is made with: the hub, sessions of its own, the keeper who checks its viewer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.core.clock import monotonic
from app.core.db import SessionFactory
from app.jobs.position import Pace
from app.monitoring.schemas import QueueCounts
from app.monitoring.time_series import History
from app.summaries.repository import ClassCounts
from web.deps import AnyRequest, current_user
from web.live.feed import LOOKS_AT_ONCE, Feed, JobSeen
from web.live.hub import Hub
from web.live.reauthorise import Reauthoriser, Watch
from web.live.shared_cache import SharedCounts
from web.live.subscription import Topic, Viewer

PING_EVERY = 15
"""Seconds; hosts such as Heroku cut a connection that was silent for 55 (FACTS.md, "Streams")."""

SEND_WITHIN = 10
"""Seconds; a client on dead Wi-Fi would otherwise linger for ever (FACTS.md, "Streams")."""

PACE_EVERY = 2.0
"""Seconds."""

Look = Callable[[AsyncSession], Awaitable[Sequence[JobSeen]]]
"""Reads what the viewer may see, in a session that is closed before anything is sent.

Of who watches more than one job or pupil it also decides whether they may: it raises AppError when they may
no longer. The others are checked by the keeper, many at once.
"""


@dataclass(frozen=True, slots=True)
class Streams:
    """One per web process."""

    hub: Hub
    sessions: SessionFactory
    counts: SharedCounts[ClassCounts]
    queues: SharedCounts[QueueCounts]
    history: SharedCounts[History]
    paces: SharedCounts[Pace | None]
    reauthoriser: Reauthoriser
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKS_AT_ONCE))

    async def pace(self) -> Pace | None:
        """How fast jobs go, read at most once in PACE_EVERY for all viewers."""
        return await self.paces.get(0, monotonic() - PACE_EVERY)

    def feed(self, request: AnyRequest, topic: Topic, look: Look, window: float = 0.0) -> Feed:
        """The feed of this request's viewer. The caller has authorised the request itself already."""
        user, credential = current_user(request), request.auth

        async def snapshot() -> Sequence[JobSeen]:
            async with self.sessions() as session:
                return await look(session)

        def keep(viewer: Viewer, told: Mapping[str, int]) -> AbstractContextManager[None]:
            return self.reauthoriser.keep(Watch(viewer, user, credential, told))

        return Feed(self.hub, topic, snapshot, keep, window=window, turns=self.turns)


def respond(events: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """The response of a program's stream; proxies are asked not to buffer it."""
    return EventSourceResponse(events, ping=PING_EVERY, send_timeout=SEND_WITHIN)


def respond_to_page(events: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """The response of a page's stream. It pings aloud, and first of all.

    A browser tells its page nothing of comments, and the page must know that the stream gets through at
    all, or else poll, and later that it is still there.
    """
    return EventSourceResponse(
        _greeted(events), ping=PING_EVERY, ping_message_factory=_ping, send_timeout=SEND_WITHIN
    )


async def _greeted(events: AsyncIterator[ServerSentEvent]) -> AsyncIterator[ServerSentEvent]:
    yield _ping()
    async for event in events:
        yield event


def _ping() -> ServerSentEvent:
    return ServerSentEvent(event="ping", data="{}")
