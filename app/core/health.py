"""Whether the database and Redis answer within the time that a health check may take."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

import redis
from redis.asyncio import Redis

from app.core.db import database_is_away

PROBE_TIMEOUT_SECONDS = 2.0
"""A health check must fail rather than hang."""

ConnectionState = Literal["connected", "away"]


async def connection_state(ping: Awaitable[None]) -> ConnectionState:
    """`away` when the server that `ping` calls does not answer in time. Raises other errors of `ping`."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await ping
    except (redis.RedisError, OSError):
        return "away"
    except Exception as error:
        if database_is_away(error):
            return "away"
        raise
    return "connected"


async def ping_redis(client: Redis) -> None:
    """Raises redis.RedisError or OSError when Redis does not answer."""
    await client.ping()
