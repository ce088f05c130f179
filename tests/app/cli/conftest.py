"""Commands that run in this process, on a database of their own."""

import asyncio
import os
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from app.cli import main
from app.core.db import make_engine
from app.settings import load

Command = Callable[..., Result]

OWNER = "olga@brug.example"
PASSWORD = "een goed wachtwoord\n"


def runner(environ: dict[str, str]) -> Command:
    """Runs `terugblik ...` within this process, in an environment of its own."""
    cleared = dict.fromkeys(set(os.environ) - set(environ))

    def command(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, env={**cleared, **environ}, input=given)

    return command


def rows(environ: dict[str, str], sql: str) -> list[tuple[object, ...]]:
    """What a query finds in the database of the environment."""

    async def ask() -> list[tuple[object, ...]]:
        engine = make_engine(load(environ).database, "test")
        try:
            async with engine.connect() as connection:
                return [tuple(row) for row in await connection.execute(text(sql))]
        finally:
            await engine.dispose()

    return asyncio.run(ask())


@pytest.fixture
def terugblik(environ: dict[str, str]) -> Command:
    """On a fresh database."""
    return runner(environ)


@pytest.fixture
def owner(terugblik: Command) -> str:
    """A teacher of a school; answers the address."""
    assert terugblik("school", "add", "de-brug", "De Brug").exit_code == 0
    names = ("--given-name", "Olga", "--infix", "de", "--family-name", "Wit")
    added = terugblik(
        "user", "add", "de-brug", OWNER, "--role", "teacher", *names, "--with-password", given=PASSWORD
    )
    assert added.exit_code == 0, added.output
    return OWNER
