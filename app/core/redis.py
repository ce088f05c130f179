"""Makes the Redis clients. They are made here only, so time limits and TLS are the same everywhere."""

from typing import Any

import redis
import redis.asyncio

from app.settings import RedisSettings

ANSWER_TIMEOUT_SECONDS = 1.0
"""How long a client waits for a connection, and for each answer."""


def make_async_redis(settings: RedisSettings, *, listens: bool = False) -> "redis.asyncio.Redis":
    """A client for events, cancels and limits. One that `listens` waits for messages without a time limit."""
    timeout = None if listens else ANSWER_TIMEOUT_SECONDS
    return redis.asyncio.Redis.from_url(settings.url, **_options(settings.url, settings, timeout))


def make_async_broker_redis(settings: RedisSettings) -> "redis.asyncio.Redis":
    """A client on the broker's database, for sending wake-ups from the event loop."""
    url = settings.broker_url
    return redis.asyncio.Redis.from_url(url, **_options(url, settings, ANSWER_TIMEOUT_SECONDS))


def make_broker_redis(settings: RedisSettings, *, timeout: float | None) -> "redis.Redis":
    """A blocking client on the broker's database. `timeout` in seconds, for each answer."""
    return redis.Redis.from_url(settings.broker_url, **_options(settings.broker_url, settings, timeout))


def _options(url: str, settings: RedisSettings, timeout: float | None) -> dict[str, Any]:
    """The certificate is checked only if the settings say so: Heroku's Redis has a self-signed one."""
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout or ANSWER_TIMEOUT_SECONDS,
    }
    if url.startswith("rediss://") and not settings.verify_tls:
        options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    return options
