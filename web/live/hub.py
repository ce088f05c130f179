"""The hub: one Redis subscription for a whole web process, whatever the number of viewers."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import redis
import redis.asyncio
import structlog
from redis.asyncio.client import PubSub

from app.core import metrics
from app.core.events import Event, decode, school_channel
from web.live.subscription import Topic, Viewer

log = structlog.get_logger(__name__)

ALIVE = "terugblik:hub"
"""A channel that nobody publishes on: it keeps the subscription open while there is no viewer."""

CHECK_EVERY = 5.0
"""Seconds of silence after which the connection is checked, since a dead peer says nothing."""

CONFIRM_WITHIN = 2.0
"""Seconds that a stream waits for Redis to confirm its school's channel before it goes on without."""


class Hub:
    """Hands every event to the viewers whose topic it is, found by key and not by asking each of them.

    While Redis is away viewers stay; when it is back they are told that they may have missed something.
    """

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client
        self._viewers: dict[Topic, set[Viewer]] = defaultdict(set)
        self._schools: dict[int, int] = defaultdict(int)
        self._confirmed: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._channel: PubSub | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start listening in the background; Redis need not be there yet."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def connected(self) -> bool:
        """Whether events come in; if not, streams look at the database from time to time."""
        return self._channel is not None

    @asynccontextmanager
    async def watch(self, topic: Topic) -> AsyncIterator[Viewer]:
        """A viewer of this topic. When it is handed out its events are flowing, if Redis is there at all."""
        viewer = Viewer(topic)
        self._viewers[topic].add(viewer)
        self._schools[topic.school_id] += 1
        metrics.stream_viewers.inc()
        try:
            await self._join(topic.school_id)
            yield viewer
        finally:
            metrics.stream_viewers.dec()
            self._viewers[topic].discard(viewer)
            if not self._viewers[topic]:
                del self._viewers[topic]
            await self._leave(topic.school_id)

    async def _join(self, school_id: int) -> None:
        """The first viewer of a school subscribes; everybody waits until Redis has confirmed it."""
        name = school_channel(school_id)
        if self._schools[school_id] == 1 and self._channel is not None:
            with suppress(redis.RedisError, OSError):
                await self._channel.subscribe(name)
        with suppress(TimeoutError):
            async with asyncio.timeout(CONFIRM_WITHIN if self.connected else 0):
                await self._confirmed[name].wait()

    async def _leave(self, school_id: int) -> None:
        self._schools[school_id] -= 1
        if self._schools[school_id]:
            return
        del self._schools[school_id]
        name = school_channel(school_id)
        self._confirmed.pop(name, None)
        if self._channel is not None:
            with suppress(redis.RedisError, OSError):
                await self._channel.unsubscribe(name)

    async def _run(self) -> None:
        """Listen; after a fault wait a little, subscribe anew and have every viewer look again."""
        while True:
            try:
                await self._listen()
            except (redis.RedisError, OSError) as fault:
                log.warning("hub_disconnected", cause=type(fault).__name__)
            self._channel = None
            self._confirmed.clear()
            for viewer in self._everybody():  # they may sleep, and must look for themselves from now on
                viewer.look_again()
            await asyncio.sleep(random.uniform(0.2, 1.0))

    async def _listen(self) -> None:
        async with self._client.pubsub() as channel:
            await channel.subscribe(ALIVE, *(school_channel(school) for school in self._schools))
            self._channel = channel
            for viewer in self._everybody():
                viewer.lose()
            asked = False
            while True:
                message = await channel.get_message(timeout=CHECK_EVERY)
                if message is None and asked:
                    raise redis.ConnectionError("no answer to a ping")
                asked = message is None
                if message is None:
                    await channel.ping()
                elif message["type"] == "subscribe":
                    self._confirmed[message["channel"].decode()].set()
                elif message["type"] == "message":
                    self._hand_out(message["data"])

    def _everybody(self) -> list[Viewer]:
        return [viewer for group in self._viewers.values() for viewer in group]

    def _hand_out(self, raw: bytes) -> None:
        try:
            event = decode(raw)
        except msgspec.DecodeError:
            log.warning("event_not_understood")
            return
        if event.sent_at:  # not by a version that does not say it yet
            metrics.event_lag_seconds.observe(max(0.0, time.time() - event.sent_at))
        for topic in _topics(event):
            for viewer in self._viewers.get(topic, ()):
                viewer.offer(event)


def _topics(event: Event) -> tuple[Topic, ...]:
    """Everything under which somebody may be looking at this event."""
    school, evaluation = event.school_id, event.evaluation_id
    return (
        Topic(school),
        Topic(school, evaluation),
        Topic(school, evaluation, event.student_id),
        Topic(school, job_id=event.job_id),
    )
