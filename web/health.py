"""Liveness and readiness, for the supervisor and the load balancer of this process."""

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
    """Whether the process can do its work. Without Redis it accepts jobs, but shows no live updates."""

    status: Literal["ready", "not_ready"]
    database: ConnectionState
    redis: ConnectionState


def health_router(resources: Resources) -> Router:
    """GET and HEAD of /health and /ready. Both are public, and neither reveals an address."""

    @route("/health", http_method=["GET", "HEAD"], summary="Liveness")
    async def health() -> Alive:
        """The process answers; nothing else is checked."""
        return Alive()

    not_ready = ResponseSpec(Readiness, description="One of them does not answer.")

    @route("/ready", http_method=["GET", "HEAD"], summary="Readiness", responses={503: not_ready})
    async def ready() -> Response[Readiness]:
        """Whether the database and Redis answer: 200, or 503 that says which one does not."""
        database, redis = await asyncio.gather(
            connection_state(ping(resources.autocommit)), connection_state(ping_redis(resources.redis))
        )
        both = database == redis == "connected"
        readiness = Readiness(status="ready" if both else "not_ready", database=database, redis=redis)
        return Response(readiness, status_code=200 if both else 503)

    return Router(
        "/", route_handlers=[health, ready], guards=[public], opt=dict(UNAUTHENTICATED), tags=["health"]
    )
