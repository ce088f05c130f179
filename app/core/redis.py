"""Redis clients, made in one place so that time limits and TLS are the same everywhere."""

from typing import Any

import redis
import redis.asyncio

from app.settings import RedisSettings


def make_async_redis(settings: RedisSettings, *, timeout: float | None = 1.0) -> "redis.asyncio.Redis":
    """A client for events, cancels and limits. `timeout` in seconds; None for a connection that listens."""
    return redis.asyncio.Redis.from_url(settings.url, **_options(settings.url, settings, timeout))


def make_async_broker_redis(settings: RedisSettings, *, timeout: float | None = 1.0) -> "redis.asyncio.Redis":
    """A client on the broker's own database, for sending wake-ups from the event loop."""
    url = settings.broker_url
    return redis.asyncio.Redis.from_url(url, **_options(url, settings, timeout))


def make_broker_redis(settings: RedisSettings, *, timeout: float | None) -> "redis.Redis":
    """A blocking client on the broker's own database."""
    return redis.Redis.from_url(settings.broker_url, **_options(settings.broker_url, settings, timeout))


def _options(url: str, settings: RedisSettings, timeout: float | None) -> dict[str, Any]:
    """Heroku's Redis has a self-signed certificate, so it is checked only when asked for."""
    options: dict[str, Any] = {"socket_timeout": timeout, "socket_connect_timeout": timeout or 1.0}
    if url.startswith("rediss://") and not settings.verify_tls:
        options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    return options
