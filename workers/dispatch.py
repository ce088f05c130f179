"""Sends wake-ups as Dramatiq messages, which name their actors, without blocking the event loop."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import redis
import structlog
from dramatiq import Message

from app.core.dispatch import DispatchFault
from app.core.logs import current_request_id
from app.core.redis import make_async_broker_redis
from app.settings import RedisSettings
from app.tasks import WakeUp

NAMESPACE = "dramatiq"


def queue_key(queue: str) -> str:
    """The Redis list in which a queue's wake-ups wait: one whole encoded message each, the oldest first."""
    return f"{NAMESPACE}:{queue}"


def actor_name(task: str, lane: str) -> str:
    """The actor that serves a task's lane. The one that the code declares serves the normal lane."""
    return task if lane == "normal" else f"{task}_{lane}"


class RedisDispatcher:
    """An app.core.dispatch.Dispatcher on the broker's Redis database.

    It needs no broker and no actors, only their names, so web processes load neither.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self._client = make_async_broker_redis(settings)

    async def open(self) -> None:
        """Connect before the first send, so that no request has to wait for it. Logs that Redis is away."""
        try:
            await self._client.ping()
        except (redis.RedisError, OSError) as fault:
            structlog.get_logger(__name__).warning("broker_away_at_start", cause=type(fault).__name__)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, wake_ups: Sequence[WakeUp]) -> None:
        """Send all of them in one round trip. Raises DispatchFault.

        Equal wake-ups are the same bytes, id included, because nothing distinguishes them: to encode each of
        a thousand would hold up the event loop for 27 ms.
        """
        options = _options()
        pipe = self._client.pipeline(transaction=False)
        for one, count in Counter(wake_ups).items():
            pipe.rpush(queue_key(one.queue), *[_message(one, options).encode()] * count)
        try:
            await pipe.execute()
        except (redis.RedisError, OSError) as fault:
            raise DispatchFault(type(fault).__name__) from fault

    async def waiting(self, queue: str) -> int:
        """How many wake-ups of a queue no worker has taken yet. Raises DispatchFault."""
        try:
            return int(await self._client.llen(queue_key(queue)))
        except (redis.RedisError, OSError) as fault:
            raise DispatchFault(type(fault).__name__) from fault


def _message(wake_up: WakeUp, options: dict[str, Any]) -> Message[None]:
    return Message(
        queue_name=wake_up.queue,
        actor_name=actor_name(wake_up.task, wake_up.lane),
        args=(),
        kwargs={"lane": wake_up.lane},
        options=options,
    )


def _options() -> dict[str, Any]:
    """The id of the request that sends this, so that the log lines of both processes can be joined."""
    request_id = current_request_id()
    return {"request_id": request_id} if request_id else {}
