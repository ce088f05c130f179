"""The database that goes away: whatever it does to a connection, the caller is told to try again."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import database_is_away, make_engine, make_session_factory, ping
from app.embedded.postgres import PORT
from app.jobs.sql import transitions
from app.settings import DatabaseSettings, load
from tests.support.eventually import eventually
from tests.support.services import Servers

SOCKET = f".s.PGSQL.{PORT}"


@asynccontextmanager
async def cut_short(servers: Servers, answers: int) -> AsyncIterator[Path]:
    """A way to PostgreSQL that is cut after so many of its answers; yields the folder of its socket."""

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_unix_connection(servers.postgres.sockets / SOCKET)

        async def ask() -> None:
            while data := await reader.read(65536):
                here.write(data)

        asking = asyncio.create_task(ask())
        for _ in range(answers):
            writer.write(await there.read(65536))
        asking.cancel()
        for end in (writer, here):
            end.transport.abort()

    with tempfile.TemporaryDirectory() as folder:
        async with await asyncio.start_unix_server(passed_on, Path(folder) / SOCKET):
            yield Path(folder)


@pytest.fixture
def database(servers: Servers) -> DatabaseSettings:
    """A database that is there anyhow: nothing is read from it."""
    return load(servers.environ("postgres")).database


async def fault_of(engine: AsyncEngine, tries: int) -> BaseException | None:
    """What one of so many questions to the database ends with."""
    try:
        for _ in range(tries):
            if fault := (await asyncio.gather(ping(engine), return_exceptions=True))[0]:
                return fault
    finally:
        await engine.dispose()
    return None


@pytest.mark.parametrize("answers", range(8))
async def test_a_connection_that_is_cut_after_any_answer(
    servers: Servers, database: DatabaseSettings, answers: int
) -> None:
    """With the first few it is made and set up; with the others it is in use."""
    async with cut_short(servers, answers) as folder:
        place, there = (quote(str(path), safe="") for path in (servers.postgres.sockets, folder))
        assert place in database.url
        engine = make_engine(replace(database, url=database.url.replace(place, there)), "test")
        fault = await fault_of(engine, answers + 1)
    assert fault is not None
    assert database_is_away(fault), repr(fault)


async def test_a_connection_that_is_cut_between_its_making_and_its_setting_up(
    database: DatabaseSettings,
) -> None:
    engine = make_engine(database, "test")

    def cut(connection: DBAPIConnection, _: object) -> None:
        connection.terminate()

    event.listen(engine.sync_engine.pool, "connect", cut, insert=True)
    fault = await fault_of(engine, 1)
    assert fault is not None
    assert database_is_away(fault), repr(fault)


async def test_every_connection_of_a_server_that_restarts_is_only_away(
    servers: Servers, database: DatabaseSettings
) -> None:
    """At whatever moment it goes: in a third of the restarts asyncpg calls one of these an internal error."""
    faults: list[BaseException] = []
    done = asyncio.Event()

    async def keep_asking() -> None:
        while not done.is_set():
            if fault := await fault_of(make_engine(database, "test"), 2):
                faults.append(fault)
            await asyncio.sleep(0)  # a socket that is gone is refused at once, without a wait

    askers = [asyncio.create_task(keep_asking()) for _ in range(6)]
    try:
        for _ in range(8):
            told = len(faults)
            await asyncio.to_thread(servers.postgres.stop)
            await asyncio.to_thread(servers.postgres.start)
            assert len(faults) > told
    finally:
        done.set()
        await asyncio.gather(*askers)
    assert [repr(fault) for fault in faults if not database_is_away(fault)] == []


async def test_whoever_stops_within_a_transaction_loses_it(database: DatabaseSettings) -> None:
    """And finds the database away, which passes: so a frozen worker that wakes up goes on."""
    engine = make_engine(database, "frozen")
    sessions = make_session_factory(engine)
    async with sessions() as frozen, sessions() as other:
        assert await frozen.scalar(text("SHOW idle_in_transaction_session_timeout")) == "30s"
        await frozen.execute(text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
        assert await transitions.try_lock(frozen, 1)

        async def free() -> bool:
            return await transitions.try_lock(other, 1)

        await eventually(free)
        with pytest.raises(SQLAlchemyError) as caught:
            await frozen.execute(text("SELECT 1"))
        assert database_is_away(caught.value)
        await frozen.rollback()
        assert await frozen.scalar(text("SELECT 1")) == 1
    await engine.dispose()
