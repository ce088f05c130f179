"""Liveness and readiness, for whoever starts, stops and routes to this process."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

import msgspec
import redis
from litestar import Response, Router, route
from redis.asyncio import Redis

from app.accounts.guards import UNAUTHENTICATED, public
from app.core.db import database_is_away, ping
from web.resources import Resources

PATIENCE = 2.0
"""Seconds for both servers together; a probe that hangs tells less than one that fails."""

Link = Literal["connected", "away"]


class Alive(msgspec.Struct):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct):
    """What this process needs to be of use. Without Redis work is still taken in, but not live."""

    status: Literal["ready", "not_ready"]
    database: Link
    redis: Link


def health_router(resources: Resources) -> Router:
    """GET and HEAD of /health and /ready. Both are public and say nothing of addresses."""

    @route("/health", http_method=["GET", "HEAD"], summary="Liveness")
    async def health() -> Alive:
        """The process answers; nothing else is looked at."""
        return Alive()

    @route("/ready", http_method=["GET", "HEAD"], summary="Readiness")
    async def ready() -> Response[Readiness]:
        """Whether the database and Redis answer: 200, or 503 saying which does not."""
        database, events = await asyncio.gather(
            _link(ping(resources.autocommit)), _link(_ping_redis(resources.redis))
        )
        good = database == events == "connected"
        found = Readiness(status="ready" if good else "not_ready", database=database, redis=events)
        return Response(found, status_code=200 if good else 503)

    return Router(
        "/", route_handlers=[health, ready], guards=[public], opt=dict(UNAUTHENTICATED), tags=["health"]
    )


async def _link(check: Awaitable[None]) -> Link:
    try:
        async with asyncio.timeout(PATIENCE):
            await check
    except (redis.RedisError, OSError):
        return "away"
    except Exception as error:
        if database_is_away(error):
            return "away"
        raise
    return "connected"


async def _ping_redis(client: Redis) -> None:
    await client.ping()
