"""Dramatiq's view of our queues: a broker that pushes onto Redis lists and hands out our consumer."""

import redis
import structlog
from dramatiq import Broker, Consumer, Message, Middleware

from app.core import metrics
from workers.consumer import Inlet, WakeupConsumer
from workers.dispatch import queue_key

log = structlog.get_logger(__name__)


class WakeupBroker(Broker):
    """Wake-ups in one Redis list per queue; see workers/consumer.py for how they are taken.

    Dramatiq's own RedisBroker is not used, because all that it adds is for messages that must not get
    lost: acknowledgements, heartbeats, maintenance, delayed messages in a worker's memory. Ours may.
    There are no delay queues either: what must happen later is a row with a time.
    """

    def __init__(self, client: "redis.Redis", inlet: Inlet, middleware: list[Middleware]) -> None:
        self._client = client
        self._inlet = inlet
        super().__init__(middleware=middleware)

    def declare_queue(self, queue_name: str) -> None:
        """Make a queue known. Redis makes the list when something is pushed."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = None
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> Consumer:
        """A consumer of one queue; `timeout` in milliseconds. The inlet decides how much is fetched."""
        return WakeupConsumer(self._inlet, queue_name, timeout / 1000)

    def enqueue(self, message: Message[None], *, delay: int | None = None) -> Message[None]:
        """Send a message from a thread that may block: the scheduler. Elsewhere use the dispatcher.

        A Redis that is away costs this one message, and not the process: raises nothing then.
        """
        if delay is not None:
            raise ValueError("There are no delayed messages: what must happen later is a row with a time.")
        self.emit_before("enqueue", message, delay)
        try:
            self._client.rpush(queue_key(message.queue_name), message.encode())
        except (redis.RedisError, OSError) as fault:
            metrics.wakeups_unsent.inc()
            log.warning("wakeups_unsent", count=1, cause=type(fault).__name__)
        self.emit_after("enqueue", message, delay)
        return message

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
