"""A worker for tests: the real broker and middleware under an actor that only notes in Redis that it ran.

`dramatiq tests.support.worker_app` with REDIS_URL set. It needs no database.
"""

import asyncio
import ctypes
import os
import threading

import dramatiq
import redis.asyncio
from dramatiq import Broker, Middleware, Worker

from app.core import logs
from app.settings import load
from app.tasks import QUEUES, SUMMARY
from workers.broker import make_broker
from workers.shutdown import STOP_TIMEOUT_SECONDS, StopClock

RUNS = "test:runs"
"""A list of "lane pid", one for each run that began."""

GO = "test:go"
"""With TEST_WORKER=hold, a run ends when it gets an element of this list."""


class NoResources(Middleware):
    """These actors need none, and hand nothing back."""

    def __init__(self, stop_clock: StopClock) -> None:
        self._stopping = stop_clock

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """As the real ones do."""
        self._stopping.end_part("hand_back")


def break_threads(prefix: str) -> None:
    """Kill the threads whose name begins so, as a bug would: with an error that Dramatiq does not catch."""
    for thread in threading.enumerate():
        if thread.name.startswith(prefix) or type(thread).__name__.startswith(prefix):
            ident = ctypes.c_ulong(thread.ident or 0)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))


def declare(broker: dramatiq.Broker, url: str, behaviour: str) -> None:
    """Declare an actor that stands in for the real one."""

    @dramatiq.actor(broker=broker, actor_name=SUMMARY, queue_name=QUEUES["normal"], lanes=QUEUES)
    async def note_run(lane: str) -> None:
        async with redis.asyncio.Redis.from_url(url) as client:
            await client.rpush(RUNS, f"{lane} {os.getpid()}")
            if behaviour == "hold":
                await client.blpop([GO], timeout=0)
            elif behaviour == "block":
                await asyncio.to_thread(threading.Event().wait)
            elif behaviour.startswith("break "):
                break_threads(behaviour.removeprefix("break "))


def main() -> None:
    """Build the broker where Dramatiq looks for it."""
    settings = load(os.environ)
    logs.configure("text", "info")
    stop_clock = StopClock(float(os.environ.get("TEST_STOP_TIMEOUT_SECONDS", STOP_TIMEOUT_SECONDS)))
    broker = make_broker(settings, NoResources(stop_clock), lambda: None, stop_clock)
    declare(broker, settings.redis.url, os.environ.get("TEST_WORKER", "note"))
    dramatiq.set_broker(broker)


if "REDIS_URL" in os.environ:
    main()
