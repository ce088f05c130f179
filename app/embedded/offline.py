"""Units of work for commands, whether or not the processes of the product run."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from app.core.db import make_engine, make_session_factory
from app.core.events import Publisher
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory, unit_of_work_factory
from app.settings import Settings
from app.tasks import WakeUp


class LeftToSweeper:
    """A dispatcher that sends nothing. The sweeper finds the rows and wakes workers within seconds."""

    async def send(self, wake_ups: Sequence[WakeUp]) -> None:
        """Send nothing."""

    async def waiting(self, queue: str) -> int:  # noqa: ARG002 - the same for every queue
        """Always 0, because nothing is sent."""
        return 0


@asynccontextmanager
async def open_units(settings: Settings) -> AsyncIterator[UnitOfWorkFactory]:
    """Yield a factory of units of work on the database and Redis of `settings`, while the block runs."""
    engine = make_engine(settings.database, "terugblik-command")
    redis = make_async_redis(settings.redis)
    try:
        yield unit_of_work_factory(make_session_factory(engine), LeftToSweeper(), Publisher(redis))
    finally:
        await redis.aclose()
        await engine.dispose()
