"""Sessions in which every statement is a transaction share connections with ordinary sessions."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import make_engine, make_session_factory, make_single_session_factory
from app.settings import Settings

ADD = text("INSERT INTO school (slug, name) VALUES (:slug, 'School')")


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(settings.database, "test")
    yield engine
    await engine.dispose()


async def slugs(engine: AsyncEngine) -> set[str]:
    async with make_single_session_factory(engine)() as session:
        return set(await session.scalars(text("SELECT slug FROM school")))


async def test_a_statement_is_stored_without_a_commit(engine: AsyncEngine) -> None:
    async with make_single_session_factory(engine)() as session:
        await session.execute(ADD, {"slug": "alone"})
    assert await slugs(engine) == {"alone"}


async def test_the_same_connection_then_serves_a_transaction(engine: AsyncEngine) -> None:
    async with make_single_session_factory(engine)() as session:
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    async with make_session_factory(engine)() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) == pid
        await session.execute(ADD, {"slug": "first"})
        await session.execute(ADD, {"slug": "second"})
        await session.rollback()
    assert await slugs(engine) == set()
