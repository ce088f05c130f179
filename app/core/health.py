"""Whether the database and Redis answer, within a time that a probe can wait."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

import redis
from redis.asyncio import Redis

from app.core.db import database_is_away

PROBE_TIMEOUT_SECONDS = 2.0
"""Seconds; a probe that hangs tells less than one that fails."""

Link = Literal["connected", "away"]


async def link(check: Awaitable[None]) -> Link:
    """Whether what `check` asks answers. Faults of ours are raised."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await check
    except (redis.RedisError, OSError):
        return "away"
    except Exception as error:
        if database_is_away(error):
            return "away"
        raise
    return "connected"


async def ping_redis(client: Redis) -> None:
    """Raises when Redis does not answer."""
    await client.ping()
