"""Our consumer: takes the most urgent wake-up whenever this process has a free thread, and no more than that.

One thread and one Redis connection serve all queues of the process. It waits in BLPOP, which answers in the
moment that something is sent and looks at the queues in the order given, so priority between the lanes of a
process is strict, and it asks only with a free thread in hand, so a busy process leaves everything to others.

Taking deletes: a wake-up is delivered at most once. That is enough, because the job is a row in Postgres and
the sweeper wakes for every row that nobody was woken for. It is also what makes the rest simple: there is
nothing to acknowledge, so no set of unacknowledged messages that a crash strands, no heartbeat that a stall
or a wrong clock can miss, and no maintenance that brings messages back after a quarter of an hour
(docs/adr/0002-own-broker.md).
"""

import contextlib
import queue
import threading
import time
from collections.abc import Iterable, Sequence
from typing import cast

import redis
import structlog
from dramatiq import Consumer, DecodeError, Message, MessageProxy

from workers.backoff import Backoff
from workers.dispatch import queue_key

log = structlog.get_logger(__name__)

BLOCK = 1.0
"""Seconds that one BLPOP waits, and so the longest that a stop has to wait for this thread."""

ANSWER_WITHIN = 3.0
"""Seconds beyond BLOCK after which a Redis that says nothing counts as gone; pass it as socket timeout."""

STOPPING = 0.1
"""Seconds that a consumer waits in `next` while the process stops, instead of what it asks for."""


class Fetcher(threading.Thread):
    """`threads` is how many wake-ups this process may hold at once.

    Every wake-up that `next` returned must be given up once, with `done` or `put_back`.
    """

    def __init__(self, client: "redis.Redis", threads: int) -> None:
        super().__init__(name="inlet", daemon=True)
        self._client = client
        self._queues: dict[bytes, str] = {}
        self._handed: dict[str, queue.SimpleQueue[Message[None] | None]] = {}
        self._free = threading.Semaphore(threads)
        self._stopping = threading.Event()
        self._suspended_until = 0.0
        self._backoff = Backoff(0.1, 2.0)

    def serve(self, queues: Sequence[str]) -> None:
        """Take from these, the most urgent first. Call it once, before anything else."""
        self._queues = {queue_key(name).encode(): name for name in queues}
        self._handed = {name: queue.SimpleQueue() for name in queues}

    def run(self) -> None:
        """1. Have a free thread. 2. Take a wake-up. 3. Hand it to its queue's consumer. Until stopped.

        Whatever 2 meets in Redis is waited out here: this thread ends by `stop` or by a bug, and of the
        latter the watchdog makes the end of the process.
        """
        while not self._stopping.is_set():
            if not self._free.acquire(timeout=BLOCK):
                continue
            taken = self._take()
            if taken is None:
                self._free.release()
                continue
            self._stopping.wait(max(0.0, self._suspended_until - time.monotonic()))
            if self._stopping.is_set():
                self.put_back([taken])
            else:
                self._handed[taken.queue_name].put(taken)

    def next(self, queue_name: str, timeout: float) -> Message[None] | None:
        """The next wake-up of a queue for its consumer, or None after `timeout` seconds without one."""
        if self._stopping.is_set():
            timeout = min(timeout, STOPPING)
        with contextlib.suppress(queue.Empty):
            return self._handed[queue_name].get(timeout=timeout)
        return None

    def empty(self, queue_name: str) -> None:
        """Put back what the consumer of a queue has not come to fetch."""
        with contextlib.suppress(queue.Empty):
            while True:
                if (message := self._handed[queue_name].get_nowait()) is not None:
                    self.put_back([message])

    def done(self) -> None:
        """A wake-up has been dealt with: its thread is free for another."""
        self._free.release()

    def put_back(self, messages: Sequence[Message[None]]) -> None:
        """Give wake-ups up undone, to be the next that somebody takes."""
        for _ in messages:
            self.done()
        self.send_back(messages)

    def send_back(self, messages: Sequence[Message[None]]) -> None:
        """Put wake-ups at the head of their queues again, in their order. With Redis away they are lost."""
        pipe = self._client.pipeline(transaction=False)
        for message in reversed(messages):
            pipe.lpush(queue_key(message.queue_name), message.encode())
        try:
            pipe.execute()
        except (redis.RedisError, OSError) as fault:
            log.warning("wakeups_lost", count=len(messages), cause=type(fault).__name__)

    @property
    def suspended(self) -> bool:
        """Whether it hands over nothing at this moment because of `suspend`."""
        return time.monotonic() < self._suspended_until

    def suspend(self, seconds: float) -> None:
        """Hand over nothing for a while, because nothing could be done with it now."""
        self._suspended_until = time.monotonic() + seconds

    def stop(self) -> None:
        """Take nothing more. Returns at once; the thread ends within BLOCK seconds."""
        self._stopping.set()
        for handed in self._handed.values():
            handed.put(None)  # whoever waits in `next` need not wait longer

    def _take(self) -> Message[None] | None:
        """Wait for a wake-up. None: nothing came, it could not be read, or Redis is away."""
        try:
            answer = self._client.blpop(list(self._queues), timeout=BLOCK)
        except (redis.RedisError, OSError) as fault:
            self._rest(fault)
            return None
        self._backoff.reset()
        if answer is None:
            return None
        key, data = cast("tuple[bytes, bytes]", answer)
        return _decoded(self._queues[key], data)

    def _rest(self, fault: Exception) -> None:
        """Wait a growing while, and drop the connection: after a failover it leads to the wrong server."""
        pause = self._backoff.next()
        log.warning("broker_away", cause=type(fault).__name__, pause=round(pause, 2))
        self._client.connection_pool.disconnect(inuse_connections=False)
        self._stopping.wait(pause)


def _decoded(queue_name: str, data: bytes) -> Message[None] | None:
    """Drop what is no message of this queue: Dramatiq's threads would die of it."""
    try:
        message: Message[None] = Message.decode(data)
    except DecodeError:
        log.error("wakeup_unreadable", queue=queue_name, size=len(data))
        return None
    if message.queue_name != queue_name:
        log.error("wakeup_astray", queue=queue_name, meant_for=message.queue_name)
        return None
    return message


class WakeupConsumer(Consumer):
    """What Dramatiq's consumer thread of one queue gets its messages from.

    It speaks to Redis only to put something back, so no error of Redis can reach Dramatiq's threads.
    """

    def __init__(self, fetcher: Fetcher, queue_name: str, timeout: float) -> None:
        """`timeout` in seconds: how often Dramatiq's thread looks whether it must stop."""
        self._fetcher = fetcher
        self._queue_name = queue_name
        self._timeout = timeout

    def __next__(self) -> MessageProxy | None:
        """The next wake-up, or None when none came for a while. Never ends."""
        message = self._fetcher.next(self._queue_name, self._timeout)
        return None if message is None else MessageProxy(message)

    def ack(self, message: MessageProxy) -> None:
        """The actor has ended, well or not."""
        self._fetcher.done()

    def nack(self, message: MessageProxy) -> None:
        """Nobody here knows this actor, as when a newer version sent it. Its job is the sweeper's again."""
        log.error("wakeup_refused", queue=message.queue_name, actor=message.actor_name)
        self._fetcher.done()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Taken but not begun when the process stops: for the others."""
        self._fetcher.put_back([proxy.copy() for proxy in messages])

    def close(self) -> None:
        """What Dramatiq's consumer thread did not come to fetch goes back too."""
        self._fetcher.empty(self._queue_name)
