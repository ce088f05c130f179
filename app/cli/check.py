"""`terugblik check`: what is configured, what is wrong with it, and what cannot be reached."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Literal

import click
import redis
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from asyncpg import PostgresError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.cli.command import Command
from app.cli.context import environment, is_embedded
from app.cli.fault_text import fault_text
from app.core.db import make_engine
from app.core.redis import make_async_broker_redis, make_async_redis
from app.embedded.probe import model_trouble
from app.settings import Settings, SettingsError, home, load

MIGRATIONS = Path(__file__).parents[2] / "alembic"

Finding = tuple[Literal["ok", "note", "wrong"], str]


@click.command(
    cls=Command,
    output="A line for each part: `ok`, `note` or `wrong`, and a sentence.",
    exit_codes={"0": "nothing is wrong", "1": "a line says `wrong`, or there is no database"},
)
def check() -> None:
    """Say what is configured, what is wrong with it, and what cannot be reached."""
    with environment() as environ:
        try:
            settings = load(environ)
        except SettingsError as fault:
            findings: list[Finding] = [("wrong", sentence) for sentence in fault.faults]
        else:
            findings = asyncio.run(_look(settings, embedded=is_embedded(os.environ)))
    for kind, sentence in findings:
        click.echo(f"{kind:<5}  {sentence}")
    sys.exit(1 if any(kind == "wrong" for kind, _ in findings) else 0)


async def _look(settings: Settings, *, embedded: bool) -> list[Finding]:
    """One finding for each part, in the order in which one would repair them."""
    return [
        await _database(settings, str(home(os.environ)) if embedded else "DATABASE_URL"),
        await _redis(settings),
        _model(settings, embedded=embedded),
        _web(settings),
        _workers(settings),
    ]


async def _database(settings: Settings, where: str) -> Finding:
    engine = make_engine(settings.database, "terugblik-check")
    try:
        async with engine.connect() as connection:
            current = await connection.run_sync(_revision)
    except (SQLAlchemyError, PostgresError, OSError) as fault:
        return "wrong", f"PostgreSQL ({where}) cannot be used: {fault_text(fault)}."
    finally:
        await engine.dispose()
    if current != ScriptDirectory(str(MIGRATIONS)).get_current_head():
        return (
            "wrong",
            f"PostgreSQL ({where}) answers, but its tables are not up to date: `terugblik migrate`.",
        )
    return "ok", f"PostgreSQL ({where}) answers; {settings.database.pool_size} connections per process."


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _redis(settings: Settings) -> Finding:
    for client in (make_async_redis(settings.redis), make_async_broker_redis(settings.redis)):
        try:
            await client.ping()
        except (redis.RedisError, OSError) as fault:
            return "wrong", f"Redis cannot be used: {fault_text(fault)}."
        finally:
            await client.aclose()
    return "ok", "Redis answers, on both of its databases: events and limits, and wake-ups."


def _model(settings: Settings, *, embedded: bool) -> Finding:
    """`terugblik up` on its own database never goes without a model: it starts the demo model then."""
    trouble = model_trouble(settings.llm)
    if trouble and embedded:
        return "note", f"The demo model writes the texts under `terugblik up`, because {trouble}."
    if trouble:
        return "wrong", f"The language model cannot be used, because {trouble}."
    count = len(settings.llm.base_urls)
    return "ok", f"The language model {settings.llm.model} answers; addresses: {count}."


def _web(settings: Settings) -> Finding:
    secure = "only over https" if settings.web.secure_cookies else "also without https (SECURE_COOKIES=no)"
    proxies = ", ".join(settings.web.trusted_proxies) or "none"
    return "ok", f"Web: port {settings.web.port}, cookies {secure}, trusted proxies: {proxies}."


def _workers(settings: Settings) -> Finding:
    worker = settings.worker
    seconds = worker.lease_seconds + worker.sweep_interval_seconds
    return "ok", (
        f"Workers: {worker.threads} summaries at once per process, lanes {', '.join(worker.lanes)}; "
        f"the job of a dead worker runs again within {seconds:g} s."
    )
