"""Sees to it that this process ends: when a part of it is broken, when its parent is gone, and in time."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from dramatiq import Broker, Middleware, Worker
from dramatiq.asyncio import get_event_loop_thread

from workers.fetcher import Fetcher
from workers.shutdown import Stopping

log = structlog.get_logger(__name__)

Vital = Callable[[], str | None]
"""Says in a few words what is broken for good, or None."""

LOOK_EVERY = 0.5

EXIT_BROKEN = os.EX_SOFTWARE
"""The exit code that makes a supervisor start the process anew; after a SIGTERM to oneself it would be 0."""


class Watchdog(Middleware):
    """Dramatiq's threads die silently (docs/adr/0002-own-broker.md): the process looks healthy
    and handles nothing.

    It looks twice a second, from a thread of its own.

    1. A dead thread, a stopped event loop or a fault of `vital`: stop as for SIGTERM, so that the jobs are
       handed back, but exit with EXIT_BROKEN.
    2. Dramatiq's master process is gone (kill -9 of it leaves its child running): stop as for SIGTERM.
    3. Stopping has taken too long: exit by force. What was not handed back, the leases free.

    It also lets only the first SIGTERM through to Dramatiq. One sent to the whole process group arrives
    here twice, directly and by way of the master, and at the second Dramatiq ends without its shutdown.
    """

    def __init__(self, fetcher: Fetcher, vital: Vital, stopping: Stopping) -> None:
        self._fetcher = fetcher
        self._vital = vital
        self._stopping = stopping
        self._parent: int | None = None
        self._broken = False
        self._passed = False
        self._ended = threading.Event()

    def after_process_boot(self, broker: Broker) -> None:
        """In the process that Dramatiq's master has started, before any thread is."""
        self._parent = os.getppid()
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._pass_first(number)

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """All threads are there: begin to look."""
        threading.Thread(target=self._watch, args=[worker], name="watchdog", daemon=True).start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """From now on threads end because they should."""
        self._stopping.begin()
        self._stopping.ended("signal")

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """The last of all hooks. SystemExit passes through Dramatiq and becomes the exit code.

        In a process of our own the watch goes on: Python waits for the threads of its executors for ever.
        """
        self._stopping.ended("loop")
        log.info("worker_stopped", seconds=round(self._stopping.seconds, 2), **self._stopping.took)
        if self._parent is None:
            self._ended.set()
        if self._broken:
            sys.exit(EXIT_BROKEN)

    def _pass_first(self, number: signal.Signals) -> None:
        stop = signal.getsignal(number)

        def handler(signum: int, frame: FrameType | None) -> None:
            if not self._passed and callable(stop):
                self._passed = True
                self._stopping.begin()
                stop(signum, frame)

        signal.signal(number, handler)

    def _stop(self) -> None:
        self._stopping.begin()
        os.kill(os.getpid(), signal.SIGTERM)

    def _watch(self, worker: Worker) -> None:
        while not self._ended.wait(LOOK_EVERY):
            if self._stopping.begun:
                if self._stopping.overdue:
                    self._end_by_force()
            elif fault := self._fault(worker):
                log.critical("worker_broken", fault=fault)
                self._broken = True
                self._stop()
            elif self._parent not in (None, os.getppid()):
                log.critical("worker_orphaned")
                self._stop()

    def _end_by_force(self) -> None:
        stopping = self._stopping
        log.critical("worker_ends_by_force", seconds=stopping.within, at=stopping.at, **stopping.took)
        os._exit(EXIT_BROKEN)

    def _fault(self, worker: Worker) -> str | None:
        for queue, consumer in worker.consumers.items():
            if not consumer.is_alive():
                return f"the consumer thread of {queue} is dead"
        if not all(thread.is_alive() for thread in worker.workers):
            return "a worker thread is dead"
        if not self._fetcher.is_alive():
            return "the inlet is dead"
        loop = get_event_loop_thread()
        if loop is None or not loop.is_alive():
            return "the event loop has stopped"
        return self._vital()
