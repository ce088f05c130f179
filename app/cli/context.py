"""What a command runs in: the environment, completed with embedded services, and a unit of work on it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click
from sqlalchemy.exc import ProgrammingError

from app.core import logs
from app.core.db import database_is_away
from app.core.errors import AppError
from app.core.unit_of_work import UnitOfWorkFactory
from app.embedded.folders import EmbeddedError
from app.embedded.offline import open_units
from app.embedded.services import attach_or_start
from app.settings import Settings, SettingsError, load

T = TypeVar("T")

NOT_THERE = ("42P01", "42703")
"""SQLSTATE of an unknown table and of an unknown column."""

OLD_TABLES = "The tables are missing or old: run `terugblik migrate` first."
DATABASE_AWAY = "The database does not answer; `terugblik check` says more."


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """The environment with the embedded services in it, which run as long as the block at least."""
    try:
        with attach_or_start(os.environ) as complete:
            yield complete
    except EmbeddedError as fault:
        raise click.ClickException(str(fault)) from fault


def settings_of(environ: dict[str, str]) -> Settings:
    """The settings; every fault is told at once."""
    try:
        return load(environ)
    except SettingsError as fault:
        raise click.ClickException("\n".join(fault.faults)) from fault


def run(work: Callable[[UnitOfWorkFactory], Awaitable[T]]) -> T:
    """Do the work of a command. What the application refuses is told as it says it; no traceback."""

    async def inner(settings: Settings) -> T:
        async with open_units(settings) as units:
            return await work(units)

    with environment() as environ:
        settings = settings_of(environ)
        logs.configure("text", "warning")  # to standard error; the output is the command's answer
        try:
            return asyncio.run(inner(settings))
        except AppError as fault:
            raise click.ClickException(fault.detail) from fault
        except ProgrammingError as fault:
            if getattr(fault.orig, "sqlstate", "") not in NOT_THERE:
                raise
            raise click.ClickException(OLD_TABLES) from fault
        except Exception as fault:
            if not database_is_away(fault):
                raise
            raise click.ClickException(DATABASE_AWAY) from fault
