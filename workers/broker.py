"""The broker of worker and scheduler processes: Redis lists of wake-ups, and the order of the middleware."""

import redis
import structlog
from dramatiq import Broker, Consumer, Message, Middleware
from dramatiq.middleware import AsyncIO
from periodiq import PeriodiqMiddleware

from app.core import metrics
from app.core.redis import make_broker_redis
from app.settings import Settings
from workers.dispatch import queue_key
from workers.fetcher import ANSWER_TIMEOUT_SECONDS, BLOCK_SECONDS, Fetcher, WakeupConsumer
from workers.middleware.context import Context
from workers.middleware.priority import Priority
from workers.middleware.retry import Retry
from workers.middleware.telemetry import Telemetry
from workers.middleware.watchdog import Vital, Watchdog
from workers.shutdown import StopClock

log = structlog.get_logger(__name__)


class WakeupBroker(Broker):
    """Keeps wake-ups in one Redis list per queue; workers/fetcher.py takes them.

    Dramatiq's own RedisBroker adds acknowledgements, heartbeats, maintenance and delayed messages in a
    worker's memory. All of these are for messages that must not get lost, and wake-ups may. There are no
    delay queues: what must happen later is a row with a time.
    """

    def __init__(self, client: "redis.Redis", fetcher: Fetcher, middleware: list[Middleware]) -> None:
        self._client = client
        self._fetcher = fetcher
        super().__init__(middleware=middleware)

    def declare_queue(self, queue_name: str) -> None:
        """Make a queue known. Redis makes the list when something is pushed."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = None
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> Consumer:
        """A consumer of one queue; `timeout` in milliseconds. The fetcher decides how much is taken."""
        return WakeupConsumer(self._fetcher, queue_name, timeout / 1000)

    def enqueue(self, message: Message[None], *, delay: int | None = None) -> Message[None]:
        """Send a message from a thread that may block: the scheduler's. Elsewhere use the dispatcher.

        While Redis is away the message is lost and logged. Raises ValueError for a message with a delay.
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


def make_broker(
    settings: Settings, resources: Middleware, vital: Vital, stop_clock: StopClock | None = None
) -> WakeupBroker:
    """A broker with its middleware, whose order matters.

    `resources` opens on the event loop what the actors need; `vital` says what of that is broken, if
    anything; `stop_clock` is the clock that both share during a stop.

    `before_…` hooks run down this list, `after_…` hooks run up it. Dramatiq's Retries, TimeLimit, AgeLimit,
    Callbacks, Pipelines and Prometheus are left out: retries are states in the database, the model client
    has the time limits, wake-ups have neither age nor result, and we have metrics of our own.
    """
    client = make_broker_redis(settings.redis, timeout=BLOCK_SECONDS + ANSWER_TIMEOUT_SECONDS)
    fetcher = Fetcher(client, settings.worker.threads)
    middleware: list[Middleware] = [
        Watchdog(fetcher, vital, stop_clock or StopClock()),  # first: its clock covers the whole stop
        AsyncIO(),  # the event loop runs before anything is opened on it, and until all is closed
        Priority(settings.worker, fetcher),  # at SIGTERM stops the fetcher first ...
        resources,  # ... so that nothing new is claimed while the jobs are handed back
        Context(),  # binds ids before anything is logged, and unbinds them last
        Telemetry(),
        Retry(fetcher),
        PeriodiqMiddleware(skip_delay=30),  # allows `periodic=` on actors; skips ticks older than 30 s
    ]
    return WakeupBroker(client, fetcher, middleware)
