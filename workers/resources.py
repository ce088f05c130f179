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
from workers.shutdown import Stopping

log = structlog.get_logger(__name__)

HAND_BACK_WITHIN = 5.0
"""Seconds for all jobs together; what takes longer is freed by its lease."""

AFTER_HAND_BACK = 3.0
"""Seconds kept for what follows: an attempt that is given up leaves a database that does not answer within
two, and of Dramatiq's threads each looks once a second whether it must end."""

CLOSE_WITHIN = 2.0
AFTER_CLOSE = 0.5


class Resources(Middleware):
    """Opened on the event loop before the first thread starts, closed when the last has ended.

    Opening connects to nothing: a worker starts while the database is away, and waits for it.
    `units`, `runner` and `webhooks` exist between the two.
    """

    units: UnitOfWorkFactory
    runner: JobRunner
    webhooks: DeliveryWorker

    def __init__(self, settings: Settings, stopping: Stopping) -> None:
        self._settings = settings
        self._stopping = stopping
        self._stack = AsyncExitStack()
        self._background: asyncio.Task[None] | None = None

    def fault(self) -> str | None:
        """What is broken for good: without its background tasks a process loses all its leases."""
        if self._background is None:
            return "the resources were not opened"
        return "the background tasks have ended" if self._background.done() else None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Dramatiq logs an error that is raised here and goes on; `fault` then tells the watchdog."""
        _on_loop(self._open())

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """At SIGTERM, before Dramatiq waits for its threads: what runs stops, and goes back in line."""
        _on_loop(self._hand_back())
        self._stopping.ended("hand_back")

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """The threads have ended and the loop still runs."""
        self._stopping.ended("threads")
        _on_loop(self._close())
        self._stopping.ended("close")

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
        """What is not done in time is given up, or Dramatiq's threads would wait for it beyond the end."""
        if self._background is None:
            return
        within = self._stopping.allow(HAND_BACK_WITHIN, keep=AFTER_HAND_BACK)
        try:
            async with asyncio.timeout(within):
                await self.runner.hand_back_all()
        except TimeoutError:
            given_up = self.runner.give_up()
            log.warning("hand_back_unfinished", seconds=round(within, 2), given_up=given_up)

    async def _close(self) -> None:
        if self._background is not None:
            self._background.cancel()
            within = self._stopping.allow(CLOSE_WITHIN, keep=AFTER_CLOSE)
            await asyncio.wait([self._background], timeout=within)
        within = self._stopping.allow(CLOSE_WITHIN, keep=AFTER_CLOSE)
        try:
            async with asyncio.timeout(within):
                await self._stack.aclose()
        except TimeoutError:
            log.warning("close_unfinished", seconds=round(within, 2))


def _report(background: asyncio.Task[None]) -> None:
    """Say why the background tasks ended, when nobody asked them to."""
    if not background.cancelled() and (fault := background.exception()) is not None:
        log.critical("background_ended", cause=type(fault).__name__, exc_info=fault)


def _on_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run it on the event loop of Dramatiq's AsyncIO middleware and wait for its end."""
    thread = get_event_loop_thread()
    if thread is None:
        work.close()
        raise RuntimeError("The event loop is not running: AsyncIO must be listed before the resources.")
    thread.run_coroutine(work)
