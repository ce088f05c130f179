"""A database that goes away: whatever happens to a connection, the error means "try again later"."""

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
from app.jobs.sql import reads
from app.settings import DatabaseSettings, load
from tests.support.eventually import eventually
from tests.support.services import Servers

SOCKET = f".s.PGSQL.{PORT}"


@asynccontextmanager
async def cut_short(servers: Servers, answers: int) -> AsyncIterator[Path]:
    """A proxy to PostgreSQL that breaks the connection after `answers` of its answers; yields its folder."""

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
    """The database `postgres`, which every server has. Nothing is read from it."""
    return load(servers.environ("postgres")).database


async def fault_of(engine: AsyncEngine, tries: int) -> BaseException | None:
    """The first error of `tries` pings; None without one."""
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
    """The first few answers set the connection up; after the others it is in use."""
    async with cut_short(servers, answers) as folder:
        real, proxy = (quote(str(path), safe="") for path in (servers.postgres.sockets, folder))
        assert real in database.url
        engine = make_engine(replace(database, url=database.url.replace(real, proxy)), "test")
        fault = await fault_of(engine, answers + 1)
    assert fault is not None
    assert database_is_away(fault), repr(fault)


async def test_a_connection_that_breaks_between_connecting_and_setting_up(
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
    """In a third of the restarts asyncpg reports one of these errors as an internal one."""
    faults: list[BaseException] = []
    done = asyncio.Event()

    async def keep_asking() -> None:
        while not done.is_set():
            if fault := await fault_of(make_engine(database, "test"), 2):
                faults.append(fault)
            await asyncio.sleep(0)  # a missing socket is refused at once, without a wait

    askers = [asyncio.create_task(keep_asking()) for _ in range(6)]
    try:
        for _ in range(8):
            before = len(faults)
            await asyncio.to_thread(servers.postgres.stop)
            await asyncio.to_thread(servers.postgres.start)
            assert len(faults) > before
    finally:
        done.set()
        await asyncio.gather(*askers)
    assert [repr(fault) for fault in faults if not database_is_away(fault)] == []


async def test_a_process_that_freezes_within_a_transaction_loses_it(database: DatabaseSettings) -> None:
    """The error means "database away", so a worker that wakes up continues."""
    engine = make_engine(database, "frozen")
    sessions = make_session_factory(engine)
    async with sessions() as frozen, sessions() as other:
        assert await frozen.scalar(text("SHOW idle_in_transaction_session_timeout")) == "30s"
        await frozen.execute(text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
        assert await reads.try_lock(frozen, 1)

        async def free() -> bool:
            return await reads.try_lock(other, 1)

        await eventually(free)
        with pytest.raises(SQLAlchemyError) as caught:
            await frozen.execute(text("SELECT 1"))
        assert database_is_away(caught.value)
        await frozen.rollback()
        assert await frozen.scalar(text("SELECT 1")) == 1
    await engine.dispose()
