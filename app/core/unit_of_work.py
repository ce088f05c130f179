"""One transaction for one request or task. After the commit: wake workers, then publish events."""

import asyncio
from collections.abc import Callable
from types import TracebackType

import redis
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import metrics
from app.core.db import SessionFactory
from app.core.dispatch import Dispatcher, DispatchFault
from app.core.events import CancelSignal, Event, Publisher
from app.tasks import WakeUp

log = structlog.get_logger(__name__)

SEND_TIMEOUT_SECONDS = 1.0
"""How long a Redis that does not respond may delay an answer, for wake-ups and events together."""


class UnitOfWork:
    """Use it with `async with`; the end of the block commits, an exception rolls back.

    Wake-ups and events are sent only after a successful commit. Nothing is lost when sending fails, because
    the rows are stored.
    """

    def __init__(self, sessions: SessionFactory, dispatcher: Dispatcher, publisher: Publisher) -> None:
        self._sessions = sessions
        self._dispatcher = dispatcher
        self._publisher = publisher
        self._wake_ups: list[WakeUp] = []
        self._events: list[Event | CancelSignal] = []
        self.session: AsyncSession

    def wake(self, *wake_ups: WakeUp) -> None:
        """Send these after the commit."""
        self._wake_ups.extend(wake_ups)

    def publish(self, *events: Event | CancelSignal) -> None:
        """Publish these events after the commit, in this order."""
        self._events.extend(events)

    async def __aenter__(self) -> "UnitOfWork":
        self.session = self._sessions()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self.session.commit()
        finally:
            await self.session.close()
        if error is None:
            await self._send()

    async def _send(self) -> None:
        """1. Wake-ups. 2. Events. A failure of either is counted and logged."""
        deadline = asyncio.get_running_loop().time() + SEND_TIMEOUT_SECONDS
        if self._wake_ups:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._dispatcher.send(self._wake_ups)
            except (DispatchFault, TimeoutError) as fault:
                metrics.wakeups_unsent.inc(len(self._wake_ups))
                log.warning("wakeups_unsent", count=len(self._wake_ups), cause=type(fault).__name__)
        if self._events:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._publisher.publish(self._events)
            except (redis.RedisError, OSError, TimeoutError) as fault:
                metrics.events_unsent.inc(len(self._events))
                log.warning("events_unsent", count=len(self._events), cause=type(fault).__name__)


UnitOfWorkFactory = Callable[[], UnitOfWork]


def unit_of_work_factory(
    sessions: SessionFactory, dispatcher: Dispatcher, publisher: Publisher
) -> UnitOfWorkFactory:
    """A function that makes a new unit of work for each request or task."""
    return lambda: UnitOfWork(sessions, dispatcher, publisher)
