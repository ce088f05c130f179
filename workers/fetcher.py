"""The fetcher: takes the most urgent wake-up from Redis whenever this process has a free thread.

One thread and one Redis connection serve all queues of the process. The thread waits in BLPOP, which answers
as soon as something is sent and reads the queues in the order given, so priority between the lanes of a
process is strict. It asks only while a worker thread is free, so a busy process leaves wake-ups to others.

BLPOP deletes what it returns, so a wake-up is delivered at most once. That is enough: the job is a row in
PostgreSQL, and the sweeper sends a wake-up for every row that has none. It also keeps the rest simple.
Nothing is acknowledged, so a crash strands no messages, a stall or a wrong clock misses no heartbeat, and no
maintenance brings messages back after a quarter of an hour (docs/adr/0002-own-broker.md).
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

BLOCK_SECONDS = 1.0
"""How long one BLPOP waits. A stop waits at most as long for this thread."""

ANSWER_TIMEOUT_SECONDS = 3.0
"""Redis counts as away when it is silent for so long beyond BLOCK_SECONDS; both are the socket's timeout."""

STOPPING_TIMEOUT_SECONDS = 0.1
"""A consumer waits no longer than this in `next` while the process stops."""

FIRST_PAUSE_SECONDS, PAUSE_LIMIT_SECONDS = 0.1, 2.0
"""The pauses between tries while Redis is away."""


class Fetcher(threading.Thread):
    """Takes wake-ups for the consumers of this process's queues.

    Every wake-up that `next` returned must be released once, with `done` or `put_back`.
    """

    def __init__(self, client: "redis.Redis", threads: int) -> None:
        """`threads` is how many wake-ups this process may have at once."""
        super().__init__(name="fetcher", daemon=True)
        self._client = client
        self._queues: dict[bytes, str] = {}
        self._handed: dict[str, queue.SimpleQueue[Message[None] | None]] = {}
        self._free = threading.Semaphore(threads)
        self._stopping = threading.Event()
        self._suspended_until = 0.0
        self._backoff = Backoff(FIRST_PAUSE_SECONDS, PAUSE_LIMIT_SECONDS)

    def serve(self, queues: Sequence[str]) -> None:
        """Take from these queues, the most urgent first. Call it once, before `start`."""
        self._queues = {queue_key(name).encode(): name for name in queues}
        self._handed = {name: queue.SimpleQueue() for name in queues}

    def run(self) -> None:
        """1. Wait for a free thread. 2. Take a wake-up. 3. Give it to its queue's consumer. Until stopped.

        Errors of Redis are waited out in 2. This thread ends by `stop` or by a bug. After a bug the watchdog
        ends the process.
        """
        while not self._stopping.is_set():
            if not self._free.acquire(timeout=BLOCK_SECONDS):
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
            timeout = min(timeout, STOPPING_TIMEOUT_SECONDS)
        with contextlib.suppress(queue.Empty):
            return self._handed[queue_name].get(timeout=timeout)
        return None

    def empty(self, queue_name: str) -> None:
        """Put back the wake-ups that the consumer of a queue has not fetched."""
        with contextlib.suppress(queue.Empty):
            while True:
                if (message := self._handed[queue_name].get_nowait()) is not None:
                    self.put_back([message])

    def done(self) -> None:
        """Release a wake-up whose actor has ended: its thread is free for another."""
        self._free.release()

    def put_back(self, messages: Sequence[Message[None]]) -> None:
        """Release wake-ups that were not used, and send them back."""
        for _ in messages:
            self.done()
        self.send_back(messages)

    def send_back(self, messages: Sequence[Message[None]]) -> None:
        """Put wake-ups at the head of their queues again, in order. While Redis is away they are lost."""
        pipe = self._client.pipeline(transaction=False)
        for message in reversed(messages):
            pipe.lpush(queue_key(message.queue_name), message.encode())
        try:
            pipe.execute()
        except (redis.RedisError, OSError) as fault:
            log.warning("wakeups_lost", count=len(messages), cause=type(fault).__name__)

    @property
    def suspended(self) -> bool:
        """Whether `suspend` keeps it from giving out wake-ups now."""
        return time.monotonic() < self._suspended_until

    def suspend(self, seconds: float) -> None:
        """Give out no wake-ups for a while, because their actors would fail."""
        self._suspended_until = time.monotonic() + seconds

    def stop(self) -> None:
        """Take nothing more. Returns at once; the thread ends within BLOCK_SECONDS."""
        self._stopping.set()
        for handed in self._handed.values():
            handed.put(None)  # ends the wait in `next`

    def _take(self) -> Message[None] | None:
        """Wait for a wake-up. None: nothing came, it could not be read, or Redis is away."""
        try:
            answer = self._client.blpop(list(self._queues), timeout=BLOCK_SECONDS)
        except (redis.RedisError, OSError) as fault:
            self._rest(fault)
            return None
        self._backoff.reset()
        if answer is None:
            return None
        key, data = cast("tuple[bytes, bytes]", answer)
        return _decoded(self._queues[key], data)

    def _rest(self, fault: Exception) -> None:
        """Pause, longer each time, and drop the connection: after a failover it leads to the wrong server."""
        pause = self._backoff.next()
        log.warning("broker_away", cause=type(fault).__name__, pause=round(pause, 2))
        self._client.connection_pool.disconnect(inuse_connections=False)
        self._stopping.wait(pause)


def _decoded(queue_name: str, data: bytes) -> Message[None] | None:
    """The message, or None for what is no message of this queue and would end Dramatiq's threads."""
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
    """Gives Dramatiq's consumer thread of one queue its messages.

    It uses Redis only to put something back, so no error of Redis reaches Dramatiq's threads.
    """

    def __init__(self, fetcher: Fetcher, queue_name: str, timeout: float) -> None:
        """`timeout` in seconds: Dramatiq's thread checks as often whether it must stop."""
        self._fetcher = fetcher
        self._queue_name = queue_name
        self._timeout = timeout

    def __next__(self) -> MessageProxy | None:
        """The next wake-up, or None when none came within the timeout. Never raises StopIteration."""
        message = self._fetcher.next(self._queue_name, self._timeout)
        return None if message is None else MessageProxy(message)

    def ack(self, message: MessageProxy) -> None:
        """The actor has ended, with or without an error."""
        self._fetcher.done()

    def nack(self, message: MessageProxy) -> None:
        """This process has no such actor: a newer version sent the wake-up. The sweeper will send another."""
        log.error("wakeup_refused", queue=message.queue_name, actor=message.actor_name)
        self._fetcher.done()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Leave wake-ups that were taken but not begun to other processes, because this one stops."""
        self._fetcher.put_back([proxy.copy() for proxy in messages])

    def close(self) -> None:
        """Put back what Dramatiq's consumer thread has not fetched."""
        self._fetcher.empty(self._queue_name)
