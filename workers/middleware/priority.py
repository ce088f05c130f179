"""Lanes: an actor and a queue for each, and the order in which this process serves them."""

import os
from collections.abc import Mapping
from typing import Any

import structlog
from dramatiq import Actor, Broker, Middleware, Worker

from app.settings import LANES, WorkerSettings
from workers.dispatch import actor_name
from workers.fetcher import BLOCK_SECONDS, Fetcher

log = structlog.get_logger(__name__)


class Priority(Middleware):
    """Declares, for an actor with `lanes={lane: queue}` on the normal lane's queue, those of the other lanes.

    In Dramatiq a priority belongs to an actor, not to a queue (docs/adr/0002-own-broker.md), hence an actor
    per lane. It orders the messages that a process has taken. The fetcher decides what the process takes.
    """

    def __init__(self, settings: WorkerSettings, fetcher: Fetcher) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._lane_of: dict[str, str] = {}

    @property
    def actor_options(self) -> set[str]:
        """`lanes`: the queue of each lane."""
        return {"lanes"}

    def after_declare_actor(self, broker: Broker, actor: Actor[..., Any]) -> None:
        """Declare an actor for each other lane of an actor that has lanes."""
        lanes: Mapping[str, str] = actor.options.pop("lanes", {})
        for lane, queue in lanes.items():
            self._lane_of[queue] = lane
            if queue == actor.queue_name:
                actor.priority = LANES.index(lane)
                continue
            Actor(
                actor.fn,
                broker=broker,
                actor_name=actor_name(actor.actor_name, lane),
                queue_name=queue,
                priority=LANES.index(lane),
                options=dict(actor.options),
            )

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Serve the queues without lanes first, such as the scheduler's, then this process's lanes in order.

        Messages without lanes are rare and short, and the most urgent lane may keep a process busy for an
        hour. The setting overrides the number of threads on Dramatiq's command line.
        """
        served = sorted(
            (self._rank(queue), queue) for queue in broker.get_declared_queues() if self._serves(queue)
        )
        queues = [queue for _, queue in served]
        worker.consumer_whitelist = set(queues)
        worker.worker_threads = self._settings.threads
        self._fetcher.serve(queues)

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Begin to take wake-ups, now that all threads run."""
        self._fetcher.start()
        log.info("worker_ready", pid=os.getpid(), lanes=self._settings.lanes, threads=worker.worker_threads)

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Take no more wake-ups."""
        self._fetcher.stop()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Wait until the fetcher has left its connection, but not for a Redis that does not answer."""
        self._fetcher.join(BLOCK_SECONDS + 1)

    def _serves(self, queue: str) -> bool:
        return self._lane_of.get(queue) in (None, *self._settings.lanes)

    def _rank(self, queue: str) -> int:
        lane = self._lane_of.get(queue)
        return -1 if lane is None else LANES.index(lane)
