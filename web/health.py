"""Liveness and readiness, for whoever starts, stops and routes to this process."""

import asyncio
from typing import Literal

import msgspec
from litestar import Response, Router, route
from litestar.openapi.datastructures import ResponseSpec

from app.accounts.guards import UNAUTHENTICATED, public
from app.core.db import ping
from app.core.health import ConnectionState, connection_state, ping_redis
from web.resources import Resources


class Alive(msgspec.Struct):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct):
    """What this process needs to be of use. Without Redis work is still taken in, but not live."""

    status: Literal["ready", "not_ready"]
    database: ConnectionState
    redis: ConnectionState


def health_router(resources: Resources) -> Router:
    """GET and HEAD of /health and /ready. Both are public and say nothing of addresses."""

    @route("/health", http_method=["GET", "HEAD"], summary="Liveness")
    async def health() -> Alive:
        """The process answers; nothing else is looked at."""
        return Alive()

    away = ResponseSpec(Readiness, description="One of them does not answer.")

    @route("/ready", http_method=["GET", "HEAD"], summary="Readiness", responses={503: away})
    async def ready() -> Response[Readiness]:
        """Whether the database and Redis answer: 200, or 503 saying which does not."""
        database, events = await asyncio.gather(
            connection_state(ping(resources.autocommit)), connection_state(ping_redis(resources.redis))
        )
        good = database == events == "connected"
        found = Readiness(status="ready" if good else "not_ready", database=database, redis=events)
        return Response(found, status_code=200 if good else 503)

    return Router(
        "/", route_handlers=[health, ready], guards=[public], opt=dict(UNAUTHENTICATED), tags=["health"]
    )
