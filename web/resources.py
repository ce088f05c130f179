"""What one web process opens: clients of the database and of Redis, and what is built on them."""

import os
import socket
from dataclasses import dataclass

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts.passwords import Passwords
from app.core.db import SessionFactory, make_engine, make_session_factory
from app.core.dispatch import Dispatcher
from app.core.events import Publisher
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory, unit_of_work_factory
from app.jobs.sql.reads import pace
from app.monitoring.metrics_relay import MetricsRelay
from app.monitoring.service import queue_counts
from app.monitoring.time_series import read_history
from app.settings import Settings
from app.summaries.repository import class_counts
from web.live.hub import Hub
from web.live.reauthorise import Reauthoriser, database_check
from web.live.shared_cache import SharedCache
from web.live.streams import Streams
from web.middleware.authentication import Authentication
from web.middleware.limiter import Limiter


@dataclass(frozen=True, slots=True)
class Resources:
    """Made by `make_resources`. Nothing connects before it is used.

    `autocommit` and `reads` share the pool of `engine`. Reads through them send no BEGIN and no COMMIT, which
    saves two of three round trips. A transaction at READ COMMITTED would not make such reads any safer.
    `listening` is a Redis client without a timeout, for the subscription of the hub.
    """

    settings: Settings
    engine: AsyncEngine
    autocommit: AsyncEngine
    sessions: SessionFactory
    reads: SessionFactory
    redis: Redis
    listening: Redis
    units: UnitOfWorkFactory
    passwords: Passwords
    hub: Hub
    reauthoriser: Reauthoriser
    authentication: Authentication
    limiter: Limiter
    metrics_relay: MetricsRelay

    def injectables(self) -> dict[str, object]:
        """What handlers can ask for by name, beside the dependencies of web/deps.py."""
        streams = Streams(
            hub=self.hub,
            sessions=self.reads,
            reauthoriser=self.reauthoriser,
            evaluation_counts=SharedCache(self.reads, class_counts),
            queue_counts=SharedCache(self.reads, queue_counts),
            history=SharedCache(self.reads, read_history),
            paces=SharedCache(self.reads, lambda session, _: pace(session)),
        )
        return {
            "settings": self.settings,
            "units": self.units,
            "sessions": self.sessions,
            "passwords": self.passwords,
            "redis": self.redis,
            "metrics_relay": self.metrics_relay,
            "streams": streams,
            "waiter": streams,
        }

    async def close(self) -> None:
        """Close everything, in the opposite order."""
        await self.reauthoriser.close()
        await self.hub.close()
        await self.metrics_relay.close()
        self.passwords.close()
        await self.listening.aclose()
        await self.redis.aclose()
        await self.engine.dispose()


def make_resources(settings: Settings, dispatcher: Dispatcher, passwords: Passwords) -> Resources:
    """All resources. The caller opens and closes the dispatcher."""
    engine = make_engine(settings.database, "terugblik-web")
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    sessions = make_session_factory(engine)
    redis = make_async_redis(settings.redis)
    listening = make_async_redis(settings.redis, listens=True)
    reads = make_session_factory(autocommit)
    return Resources(
        settings=settings,
        engine=engine,
        autocommit=autocommit,
        sessions=sessions,
        reads=reads,
        redis=redis,
        listening=listening,
        units=unit_of_work_factory(sessions, dispatcher, Publisher(redis)),
        passwords=passwords,
        hub=Hub(listening),
        reauthoriser=Reauthoriser(database_check(reads)),
        authentication=Authentication(settings, autocommit),
        limiter=Limiter(settings.web, redis),
        metrics_relay=MetricsRelay(redis, f"web-{socket.gethostname()}-{os.getpid()}"),
    )
