"""Ends this process when a part of it is broken, when its parent is gone, or when its stop takes too long."""

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
from workers.shutdown import StopClock

log = structlog.get_logger(__name__)

Vital = Callable[[], str | None]
"""Returns a few words on what is broken for good, or None."""

CHECK_INTERVAL_SECONDS = 0.5

EXIT_BROKEN = os.EX_SOFTWARE
"""The exit code after which supervisors start the process again; a SIGTERM to oneself gives 0."""


class Watchdog(Middleware):
    """Checks twice a second, from a thread of its own, whether this process still works.

    Dramatiq's threads end silently after some errors (docs/adr/0002-own-broker.md): the process then looks
    healthy and handles nothing.

    1. A dead thread, a stopped event loop or a fault of `vital`: stop as for SIGTERM, so that the jobs are
       handed back, but exit with EXIT_BROKEN.
    2. Dramatiq's master process is gone (kill -9 of it leaves its child running): stop as for SIGTERM.
    3. The stop has taken too long: exit by force. Jobs that were not handed back are free when their leases
       run out.

    It also passes only the first SIGTERM on to Dramatiq. A signal to the whole process group arrives here
    twice, directly and from the master, and at the second Dramatiq ends without its shutdown.
    """

    def __init__(self, fetcher: Fetcher, vital: Vital, stop_clock: StopClock) -> None:
        self._fetcher = fetcher
        self._vital = vital
        self._stop_clock = stop_clock
        self._parent: int | None = None
        self._broken = False
        self._passed = False
        self._ended = threading.Event()

    def after_process_boot(self, broker: Broker) -> None:
        """Note the master, in the process that it has started and before any thread starts."""
        self._parent = os.getppid()
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._pass_first(number)

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Begin to check, now that all threads run."""
        threading.Thread(target=self._watch, args=[worker], name="watchdog", daemon=True).start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Start the stop's clock: from now on threads end because they should."""
        self._stop_clock.start()
        self._stop_clock.end_part("signal")

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """The last of all hooks. SystemExit passes through Dramatiq and becomes the exit code.

        In a process that Dramatiq's master has started the checks go on, because Python then waits, without
        a limit, for the threads of its executors.
        """
        self._stop_clock.end_part("loop")
        log.info("worker_stopped", seconds=round(self._stop_clock.seconds, 2), **self._stop_clock.took)
        if self._parent is None:
            self._ended.set()
        if self._broken:
            sys.exit(EXIT_BROKEN)

    def _pass_first(self, number: signal.Signals) -> None:
        stop = signal.getsignal(number)

        def handler(signum: int, frame: FrameType | None) -> None:
            if not self._passed and callable(stop):
                self._passed = True
                self._stop_clock.start()
                stop(signum, frame)

        signal.signal(number, handler)

    def _stop(self) -> None:
        self._stop_clock.start()
        os.kill(os.getpid(), signal.SIGTERM)

    def _watch(self, worker: Worker) -> None:
        while not self._ended.wait(CHECK_INTERVAL_SECONDS):
            if self._stop_clock.started:
                if self._stop_clock.overdue:
                    self._end_by_force()
            elif fault := self._fault(worker):
                log.critical("worker_broken", fault=fault)
                self._broken = True
                self._stop()
            elif self._parent not in (None, os.getppid()):
                log.critical("worker_orphaned")
                self._stop()

    def _end_by_force(self) -> None:
        clock = self._stop_clock
        log.critical("worker_ends_by_force", seconds=clock.timeout, at=clock.current_part, **clock.took)
        os._exit(EXIT_BROKEN)

    def _fault(self, worker: Worker) -> str | None:
        for queue, consumer in worker.consumers.items():
            if not consumer.is_alive():
                return f"the consumer thread of {queue} is dead"
        if not all(thread.is_alive() for thread in worker.workers):
            return "a worker thread is dead"
        if not self._fetcher.is_alive():
            return "the fetcher is dead"
        loop = get_event_loop_thread()
        if loop is None or not loop.is_alive():
            return "the event loop has stopped"
        return self._vital()
