"""A class, a scripted model over real HTTP, and a worker in this process on real PostgreSQL and Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import pytest

from app.core.db import make_engine
from app.core.events import Publisher
from app.core.http import make_client
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs.runner import JobRunner
from app.llm import make_model
from app.settings import LlmSettings, Settings
from tests.support.classes import SchoolClass, make_class
from tests.support.model_server import ModelServer
from tests.support.one_task import in_one_task
from workers.dispatch import RedisDispatcher


@dataclass
class Shop:
    """Everything that a job needs to be made."""

    settings: Settings
    units: UnitOfWorkFactory
    some: SchoolClass
    model: ModelServer
    worker: JobRunner


@asynccontextmanager
async def open_worker(settings: Settings, model: ModelServer, name: str) -> AsyncIterator[JobRunner]:
    """A worker with connections of its own and its background tasks running."""
    async with AsyncExitStack() as stack:
        engine = make_engine(settings.database, name)
        stack.push_async_callback(engine.dispose)
        client = make_async_redis(settings.redis)
        stack.push_async_callback(client.aclose)
        listener = make_async_redis(settings.redis, listens=True)
        stack.push_async_callback(listener.aclose)
        dispatcher = RedisDispatcher(settings.redis)
        stack.push_async_callback(dispatcher.close)
        publisher = Publisher(client)
        http = await stack.enter_async_context(make_client())
        options = LlmSettings("ollama", (model.url,), "scripted")
        worker = JobRunner(
            settings=settings,
            engine=engine,
            model=make_model(options, http),
            publisher=publisher,
            listener=listener,
            dispatcher=dispatcher,
            name=name,
        )
        background = asyncio.create_task(worker.background())
        try:
            yield worker
        finally:
            background.cancel()
            with suppress(asyncio.CancelledError):
                await background


@asynccontextmanager
async def open_shop(settings: Settings) -> AsyncIterator[Shop]:
    """A shop whose lease runs out soon and that looks often."""
    quick = replace(settings.worker, lease_seconds=4, renew_interval_seconds=0.5, sweep_interval_seconds=0.3)
    settings = replace(settings, worker=quick)
    async with ModelServer() as model, open_worker(settings, model, "first") as worker:
        units = worker.units
        yield Shop(settings, units, await make_class(units, "a", 4), model, worker)


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    """A shop on a fresh database."""
    async with in_one_task(open_shop(settings)) as opened:
        yield opened
