"""The hub: one Redis subscription for a whole web process, however many streams are open."""

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
from web.live.subscription import Subscription, Topic

log = structlog.get_logger(__name__)

KEEP_OPEN_CHANNEL = "terugblik:hub"
"""A channel without publishers. It keeps the Redis subscription open while no stream is."""

PING_INTERVAL_SECONDS = 5.0
"""After this much silence the connection is checked, because a dead peer sends nothing."""

SUBSCRIBE_TIMEOUT_SECONDS = 2.0
"""A stream waits this long for Redis to confirm the channel of its school, and then goes on without."""

MIN_RECONNECT_SECONDS = 0.2
MAX_RECONNECT_SECONDS = 1.0
"""A random time in between, so that the processes do not all reconnect at the same moment."""


class Hub:
    """Adds every event to the subscriptions of its topics, which it finds by key.

    While Redis is away subscriptions stay. They are asked to read the database when the connection is lost,
    and again when it is back, because events may have been lost.
    """

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client
        self._subscriptions: dict[Topic, set[Subscription]] = defaultdict(set)
        self._streams_of_school: dict[int, int] = defaultdict(int)
        self._confirmed: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._channel: PubSub | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start listening in the background. Redis need not be there yet."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def connected(self) -> bool:
        """Whether events come in. While they do not, streams read the database from time to time."""
        return self._channel is not None

    @asynccontextmanager
    async def subscribe(self, topic: Topic) -> AsyncIterator[Subscription]:
        """A subscription to this topic. Its events arrive from the start of the block, if Redis is there."""
        subscription = Subscription(topic)
        self._subscriptions[topic].add(subscription)
        self._streams_of_school[topic.school_id] += 1
        metrics.stream_viewers.inc()
        try:
            await self._join(topic.school_id)
            yield subscription
        finally:
            metrics.stream_viewers.dec()
            self._subscriptions[topic].discard(subscription)
            if not self._subscriptions[topic]:
                del self._subscriptions[topic]
            await self._leave(topic.school_id)

    async def _join(self, school_id: int) -> None:
        """The first stream of a school subscribes to its channel. Every stream waits for the confirmation."""
        name = school_channel(school_id)
        if self._streams_of_school[school_id] == 1 and self._channel is not None:
            with suppress(redis.RedisError, OSError):
                await self._channel.subscribe(name)
        with suppress(TimeoutError):
            async with asyncio.timeout(SUBSCRIBE_TIMEOUT_SECONDS if self.connected else 0):
                await self._confirmed[name].wait()

    async def _leave(self, school_id: int) -> None:
        self._streams_of_school[school_id] -= 1
        if self._streams_of_school[school_id]:
            return
        del self._streams_of_school[school_id]
        name = school_channel(school_id)
        self._confirmed.pop(name, None)
        if self._channel is not None:
            with suppress(redis.RedisError, OSError):
                await self._channel.unsubscribe(name)

    async def _run(self) -> None:
        """Listen. After a fault wait a little and listen again."""
        while True:
            try:
                await self._listen()
            except (redis.RedisError, OSError) as fault:
                log.warning("hub_disconnected", cause=type(fault).__name__)
            self._channel = None
            self._confirmed.clear()
            for subscription in self._all_subscriptions():
                subscription.request_refresh()  # wakes streams that sleep: they must poll from now on
            await asyncio.sleep(random.uniform(MIN_RECONNECT_SECONDS, MAX_RECONNECT_SECONDS))

    async def _listen(self) -> None:
        async with self._client.pubsub() as channel:
            await channel.subscribe(
                KEEP_OPEN_CHANNEL, *(school_channel(school) for school in self._streams_of_school)
            )
            self._channel = channel
            for subscription in self._all_subscriptions():
                subscription.discard()
            pinged = False
            while True:
                message = await channel.get_message(timeout=PING_INTERVAL_SECONDS)
                if message is None and pinged:
                    raise redis.ConnectionError("no answer to a ping")
                pinged = message is None
                if message is None:
                    await channel.ping()
                elif message["type"] == "subscribe":
                    self._confirmed[message["channel"].decode()].set()
                elif message["type"] == "message":
                    self._deliver(message["data"])

    def _all_subscriptions(self) -> list[Subscription]:
        return [one for group in self._subscriptions.values() for one in group]

    def _deliver(self, raw: bytes) -> None:
        try:
            event = decode(raw)
        except msgspec.DecodeError:
            log.warning("event_not_understood")
            return
        if event.sent_at:  # zero from versions that do not set it yet
            metrics.event_lag_seconds.observe(max(0.0, time.time() - event.sent_at))
        for topic in _topics(event):
            for subscription in self._subscriptions.get(topic, ()):
                subscription.add(event)


def _topics(event: Event) -> tuple[Topic, ...]:
    """All topics that this event belongs to."""
    school, evaluation = event.school_id, event.evaluation_id
    return (
        Topic(school),
        Topic(school, evaluation),
        Topic(school, evaluation, event.student_id),
        Topic(school, job_id=event.job_id),
    )
