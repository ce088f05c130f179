"""What a command runs in: the environment with the embedded services, settings, and units of work."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import click
from sqlalchemy.exc import ProgrammingError

from app.core import logs
from app.core.db import database_is_away
from app.core.errors import AppError, NotFound
from app.core.unit_of_work import UnitOfWorkFactory
from app.embedded.folders import EmbeddedError
from app.embedded.offline import open_units
from app.embedded.services import attach_or_start, holds_database
from app.settings import Settings, SettingsError, home, load

T = TypeVar("T")

MISSING_TABLES = ("42P01", "42703")
"""SQLSTATE of an unknown table and of an unknown column."""

OLD_TABLES = "The tables are missing or old: run `terugblik migrate` first."
DATABASE_AWAY = "The database does not answer; `terugblik check` says more."


@dataclass(frozen=True, slots=True)
class Installation:
    """What the work of a command needs."""

    units: UnitOfWorkFactory
    settings: Settings

    def address(self, path: str) -> str:
        """The full address of a page: below BASE_URL, else on this machine."""
        web = self.settings.web
        return (web.base_url or f"http://127.0.0.1:{web.port}").rstrip("/") + path


def is_embedded(environ: Mapping[str, str]) -> bool:
    """Whether the database is the embedded one."""
    return not environ.get("DATABASE_URL")


def no_database(environ: Mapping[str, str]) -> str:
    """The sentence for a home folder that holds no database."""
    return (
        f"There is no database in {home(environ)}. Set TERUGBLIK_HOME to the folder that holds it, "
        "or make one there with `terugblik up` or `terugblik migrate`."
    )


@contextmanager
def environment(*, create: bool = False) -> Iterator[dict[str, str]]:
    """The environment with the addresses of the embedded services, which run at least as long as the block.

    Without `create` an embedded database must exist: a command that is run with another TERUGBLIK_HOME by
    mistake is refused, and makes no second database. Raises ClickException.
    """
    try:
        if not create and is_embedded(os.environ) and not holds_database(os.environ):
            raise click.ClickException(no_database(os.environ))
        with attach_or_start(os.environ) as complete:
            yield complete
    except EmbeddedError as fault:
        raise click.ClickException(str(fault)) from fault


def settings_of(environ: Mapping[str, str]) -> Settings:
    """The settings. Raises ClickException that names every fault."""
    try:
        return load(environ)
    except SettingsError as fault:
        raise click.ClickException("\n".join(fault.faults)) from fault


def run(work: Callable[[Installation], Awaitable[T]]) -> T:
    """Do the work of a command. Raises ClickException with what the application refuses, in its words."""

    async def inner(settings: Settings) -> T:
        async with open_units(settings) as units:
            return await work(Installation(units, settings))

    with environment() as environ:
        settings = settings_of(environ)
        logs.configure("text", "warning")  # to standard error; standard output is the command's answer
        try:
            return asyncio.run(inner(settings))
        except NotFound as fault:
            looked_in = f" This is the database in {home(os.environ)}." if is_embedded(os.environ) else ""
            raise click.ClickException(fault.detail + looked_in) from fault
        except AppError as fault:
            raise click.ClickException(fault.detail) from fault
        except ProgrammingError as fault:
            if getattr(fault.orig, "sqlstate", "") not in MISSING_TABLES:
                raise
            raise click.ClickException(OLD_TABLES) from fault
        except Exception as fault:
            if not database_is_away(fault):
                raise
            raise click.ClickException(DATABASE_AWAY) from fault
