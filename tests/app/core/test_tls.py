"""TLS to Redis and PostgreSQL, against servers with a self-signed certificate."""

import asyncio
import ssl
from pathlib import Path

import pytest
import redis

from app.core.db import make_engine, ping
from app.core.redis import make_async_broker_redis, make_async_redis, make_broker_redis
from app.settings import load
from tests.support.services import Servers
from tests.support.tls_front import self_signed, tls_front

REST = {"SECRET_KEY": "0" * 32}


async def test_rediss_accepts_a_self_signed_certificate(servers: Servers, tmp_path: Path) -> None:
    async with tls_front(servers.valkey.socket, self_signed(tmp_path)) as port:
        environ = {"DATABASE_URL": "postgres://u@h/d", "REDIS_URL": f"rediss://127.0.0.1:{port}"}
        settings = load(environ | REST).redis
        for client in (make_async_redis(settings), make_async_broker_redis(settings)):
            assert await client.ping()
            await client.aclose()
        blocking = make_broker_redis(settings, timeout=3)
        assert await asyncio.to_thread(blocking.ping)
        blocking.close()


async def test_redis_tls_verify_checks_the_certificate(servers: Servers, tmp_path: Path) -> None:
    async with tls_front(servers.valkey.socket, self_signed(tmp_path)) as port:
        environ = {"DATABASE_URL": "postgres://u@h/d", "REDIS_URL": f"rediss://127.0.0.1:{port}"}
        client = make_async_redis(load(environ | REST | {"REDIS_TLS_VERIFY": "yes"}).redis)
        with pytest.raises(redis.ConnectionError, match="certificate"):
            await client.ping()
        await client.aclose()


@pytest.mark.parametrize("mode", ["require", "verify-full"])
async def test_sslmode_means_what_it_means_to_libpq(servers: Servers, tmp_path: Path, mode: str) -> None:
    socket = next(servers.postgres.sockets.glob(".s.PGSQL.*[0-9]"))
    async with tls_front(socket, self_signed(tmp_path), postgres=True) as port:
        url = f"postgres://terugblik@127.0.0.1:{port}/postgres?sslmode={mode}"
        engine = make_engine(load({"DATABASE_URL": url, "REDIS_URL": "redis://h"} | REST).database, "test")
        try:
            if mode == "require":
                await ping(engine)
            else:
                with pytest.raises((ssl.SSLError, OSError)):
                    await ping(engine)
        finally:
            await engine.dispose()
