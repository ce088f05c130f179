"""What the actors of one process share: engine, Redis, HTTP client, model, and the job runner on top."""

import asyncio
import os
import socket
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

import structlog
from dramatiq import Broker, Middleware, Worker
from dramatiq.asyncio import get_event_loop_thread

from app.core.db import make_engine, make_session_factory
from app.core.events import Publisher
from app.core.http import make_client
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory, unit_of_work_factory
from app.jobs import telemetry
from app.jobs.runner import JobRunner
from app.llm import make_model
from app.monitoring.metrics_relay import MetricsRelay
from app.settings import Settings
from app.webhooks.delivery_worker import DeliveryWorker
from app.webhooks.sender import Sender, SystemResolver, make_transport
from workers.dispatch import RedisDispatcher
from workers.shutdown import StopClock

log = structlog.get_logger(__name__)

HAND_BACK_TIMEOUT_SECONDS = 5.0
"""For all jobs together. A job that takes longer is free when its lease runs out."""

HAND_BACK_RESERVE_SECONDS = 3.0
"""Kept for the parts after it: an attempt that is given up needs up to two seconds to leave a database that
does not answer, and each of Dramatiq's threads checks once a second whether it must end."""

CLOSE_TIMEOUT_SECONDS = 2.0
CLOSE_RESERVE_SECONDS = 0.5


class Resources(Middleware):
    """Opens them on the event loop before the first thread starts, and closes them when the last has ended.

    Opening connects to nothing: a worker also starts while the database is away, and waits for it.
    `units`, `runner` and `webhooks` exist between opening and closing.
    """

    units: UnitOfWorkFactory
    runner: JobRunner
    webhooks: DeliveryWorker

    def __init__(self, settings: Settings, stop_clock: StopClock) -> None:
        self._settings = settings
        self._stop_clock = stop_clock
        self._stack = AsyncExitStack()
        self._background: asyncio.Task[None] | None = None

    def fault(self) -> str | None:
        """What is broken for good, or None. Without its background tasks a process loses all its leases."""
        if self._background is None:
            return "the resources were not opened"
        return "the background tasks have ended" if self._background.done() else None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Open. Dramatiq only logs an error that is raised here; `fault` then says so to the watchdog."""
        _on_loop(self._open())

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Stop what runs and put its jobs back in line, before Dramatiq waits for its threads."""
        _on_loop(self._hand_back())
        self._stop_clock.end_part("hand_back")

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Close: the threads have ended and the event loop still runs."""
        self._stop_clock.end_part("threads")
        _on_loop(self._close())
        self._stop_clock.end_part("close")

    async def _open(self) -> None:
        name = f"{socket.gethostname()}-{os.getpid()}"
        settings, stack = self._settings, self._stack
        engine = make_engine(settings.database, f"terugblik worker {name}")
        stack.push_async_callback(engine.dispose)
        client = make_async_redis(settings.redis)
        stack.push_async_callback(client.aclose)
        listener = make_async_redis(settings.redis, listens=True)
        stack.push_async_callback(listener.aclose)
        dispatcher = RedisDispatcher(settings.redis)
        stack.push_async_callback(dispatcher.close)
        http = await stack.enter_async_context(make_client())
        publisher = Publisher(client)
        self.units = unit_of_work_factory(make_session_factory(engine), dispatcher, publisher)
        self.runner = JobRunner(
            settings=settings,
            engine=engine,
            model=make_model(settings.llm, http),
            publisher=publisher,
            listener=listener,
            dispatcher=dispatcher,
            name=name,
        )
        self.webhooks = self._make_delivery_worker()
        metrics_relay = MetricsRelay(client, name)
        stack.push_async_callback(metrics_relay.close)
        telemetry.prepare()
        await metrics_relay.open()
        self._background = asyncio.create_task(self._run())
        self._background.add_done_callback(_report)

    def _make_delivery_worker(self) -> DeliveryWorker:
        settings, resolver, transport = self._settings, SystemResolver(), make_transport()
        self._stack.callback(resolver.close)
        self._stack.push_async_callback(transport.aclose)
        sender = Sender(settings.webhooks.allowed_hosts, transport, resolver)
        return DeliveryWorker(self.units, sender, settings.webhooks, settings.worker.sweep_interval_seconds)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.runner.background())
            group.create_task(self.webhooks.run())

    async def _hand_back(self) -> None:
        """Runs that are not done in time are given up, for Dramatiq's threads wait for their ends."""
        if self._background is None:
            return
        limit = self._stop_clock.allow(HAND_BACK_TIMEOUT_SECONDS, reserve=HAND_BACK_RESERVE_SECONDS)
        try:
            async with asyncio.timeout(limit):
                await self.runner.hand_back_all()
        except TimeoutError:
            given_up = self.runner.give_up()
            log.warning("hand_back_unfinished", seconds=round(limit, 2), given_up=given_up)

    async def _close(self) -> None:
        if self._background is not None:
            self._background.cancel()
            await asyncio.wait([self._background], timeout=self._close_limit())
        limit = self._close_limit()
        try:
            async with asyncio.timeout(limit):
                await self._stack.aclose()
        except TimeoutError:
            log.warning("close_unfinished", seconds=round(limit, 2))

    def _close_limit(self) -> float:
        return self._stop_clock.allow(CLOSE_TIMEOUT_SECONDS, reserve=CLOSE_RESERVE_SECONDS)


def _report(background: asyncio.Task[None]) -> None:
    """Log why the background tasks ended, unless they were cancelled."""
    if not background.cancelled() and (fault := background.exception()) is not None:
        log.critical("background_ended", cause=type(fault).__name__, exc_info=fault)


def _on_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run it on the event loop of Dramatiq's AsyncIO middleware and wait for its end."""
    thread = get_event_loop_thread()
    if thread is None:
        work.close()
        raise RuntimeError("The event loop is not running: AsyncIO must be listed before the resources.")
    thread.run_coroutine(work)
