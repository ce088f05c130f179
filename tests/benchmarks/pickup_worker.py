"""The workers of the pick-up benchmark: the same actor behind our broker and behind Dramatiq's own."""

import os
from collections.abc import Callable
from typing import Any

import dramatiq
from dramatiq import Middleware
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO

from app.core.db import make_engine, make_session_factory
from app.core.events import Publisher
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory, unit_of_work_factory
from app.jobs import service as jobs
from app.jobs.sql.claim import Choice
from app.settings import Settings, load
from app.tasks import QUEUES, SUMMARY, WakeUp
from workers.broker import make_broker
from workers.dispatch import RedisDispatcher

OURS, THEIRS = "ours", "dramatiq"
THEIR_NAMESPACE = "stock"


class NoResources(Middleware):
    """The actor makes its own on first use; a warm-up run pays for that."""


def units_of(settings: Settings) -> UnitOfWorkFactory:
    """Units of work as in a real worker."""
    sessions = make_session_factory(make_engine(settings.database, "pickup"))
    return unit_of_work_factory(
        sessions, RedisDispatcher(settings.redis), Publisher(make_async_redis(settings.redis))
    )


def their_broker(settings: Settings) -> RedisBroker:
    """Dramatiq's Redis broker and consumer, as they come."""
    make: Callable[..., RedisBroker] = RedisBroker
    return make(url=settings.redis.broker_url, namespace=THEIR_NAMESPACE, middleware=[AsyncIO()])


def declare(broker: dramatiq.Broker, settings: Settings, **options: Any) -> None:
    """An actor that claims and completes: the database's work of a job, and nothing else."""
    made: list[UnitOfWorkFactory] = []

    @dramatiq.actor(broker=broker, actor_name=SUMMARY, queue_name=QUEUES["normal"], **options)
    async def claim(lane: str) -> None:
        if not made:
            made.append(units_of(settings))
        async with made[0]() as uow:
            choice, woken_by = Choice((SUMMARY,), (0, 2)), WakeUp(SUMMARY, lane)
            claimed = await jobs.claim(uow, choice, woken_by=woken_by, worker="bench", lease=30)
        if claimed is not None:
            async with made[0]() as uow:
                await jobs.complete(uow, claimed[1])


def main() -> None:
    """Build the broker that PICKUP_BROKER names, where Dramatiq looks for it."""
    settings = load(os.environ)
    if os.environ["PICKUP_BROKER"] == THEIRS:
        theirs = their_broker(settings)
        declare(theirs, settings)
        dramatiq.set_broker(theirs)
    else:
        ours = make_broker(settings, NoResources(), lambda: None)
        declare(ours, settings, lanes=QUEUES)
        dramatiq.set_broker(ours)


if "PICKUP_BROKER" in os.environ:
    main()
