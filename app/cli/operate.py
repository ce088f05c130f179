"""Commands that run an installation: `up`, `migrate`, `check`."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import click
import redis
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from asyncpg import PostgresError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.cli.causes import cause
from app.cli.context import environment
from app.core.db import make_engine
from app.core.redis import make_async_broker_redis, make_async_redis
from app.embedded.launcher import up as launch
from app.embedded.probe import model_trouble
from app.settings import Settings, SettingsError, load

ROOT = Path(__file__).parents[2]


@click.command()
def up() -> None:
    """Run everything on this machine until Ctrl-C."""
    sys.exit(launch(os.environ))


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date. Two at once wait for each other."""
    with environment() as environ:
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        sys.exit(subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode)


@click.command()
def check() -> None:
    """Say in words what is configured, what is wrong with it, and what cannot be reached."""
    with environment() as environ:
        try:
            settings = load(environ)
        except SettingsError as fault:
            click.echo("\n".join(f"wrong  {sentence}" for sentence in fault.faults))
            sys.exit(1)
        lines = asyncio.run(_look(settings, embedded="DATABASE_URL" not in os.environ))
    for good, sentence in lines:
        click.echo(f"{'ok   ' if good else 'wrong'}  {sentence}")
    sys.exit(0 if all(good for good, _ in lines) else 1)


async def _look(settings: Settings, *, embedded: bool) -> list[tuple[bool, str]]:
    """One line for each part, in the order in which one would mend them."""
    where = "embedded in this folder" if embedded else "DATABASE_URL"
    return [
        await _database(settings, where),
        await _redis(settings),
        _model(settings),
        _web(settings),
        _workers(settings),
    ]


async def _database(settings: Settings, where: str) -> tuple[bool, str]:
    engine = make_engine(settings.database, "terugblik-check")
    try:
        async with engine.connect() as connection:
            current = await connection.run_sync(_revision)
    except (SQLAlchemyError, PostgresError, OSError) as fault:
        return False, f"PostgreSQL ({where}) cannot be used: {cause(fault)}."
    finally:
        await engine.dispose()
    newest = ScriptDirectory(str(ROOT / "alembic")).get_current_head()
    if current != newest:
        return False, f"PostgreSQL ({where}) answers, but its tables are not up to date: `terugblik migrate`."
    return True, f"PostgreSQL ({where}) answers; {settings.database.pool_size} connections per process."


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _redis(settings: Settings) -> tuple[bool, str]:
    for client in (make_async_redis(settings.redis), make_async_broker_redis(settings.redis)):
        try:
            await client.ping()
        except (redis.RedisError, OSError) as fault:
            return False, f"Redis cannot be used: {cause(fault)}."
        finally:
            await client.aclose()
    return True, "Redis answers, on both of its databases: events and limits, and wake-ups."


def _model(settings: Settings) -> tuple[bool, str]:
    trouble = model_trouble(settings.llm)
    if trouble:
        return False, f"The language model cannot be used, because {trouble}."
    count = len(settings.llm.base_urls)
    return (
        True,
        f"The language model {settings.llm.model} answers; addresses: {count}.",
    )


def _web(settings: Settings) -> tuple[bool, str]:
    secure = "only over https" if settings.web.secure_cookies else "also without https (SECURE_COOKIES=no)"
    proxies = ", ".join(settings.web.trusted_proxies) or "none"
    return True, f"Web: port {settings.web.port}, cookies {secure}, trusted proxies: {proxies}."


def _workers(settings: Settings) -> tuple[bool, str]:
    worker = settings.worker
    return True, (
        f"Workers: {worker.threads} summaries at once per process, lanes {', '.join(worker.lanes)}; "
        f"the job of a dead worker runs again within {worker.lease + worker.sweep_every:g} s."
    )


COMMANDS = (up, migrate, check)
