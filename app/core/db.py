"""The engine, the declarative base, and column types that every table shares."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar

import asyncpg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Executable,
    Identity,
    MetaData,
    Row,
    any_,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, mapped_column

from app.settings import DatabaseSettings, tls_context

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all models; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


BigId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]

SessionFactory = Callable[[], AsyncSession]

DATABASE_AWAY = (
    OperationalError,
    PoolTimeout,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    ConnectionError,
    TimeoutError,
    FileNotFoundError,
)
"""What a call raises when PostgreSQL is restarting, gone (with its unix socket), or its pool is exhausted.

The driver's own errors come through when a new connection breaks while SQLAlchemy still sets it up; later it
wraps them all.
"""

_AWAY_STATES = ("08", "53", "57")
"""SQLSTATE classes of what passes by itself: lost connections, lack of resources, an operator's restart.
See postgresql.org/docs/current/errcodes-appendix.html."""


def database_is_away(error: BaseException) -> bool:
    """Whether `error` means "try again later" rather than a fault of ours.

    An error with neither an SQLSTATE nor a statement of ours is the connection's: a server that goes while
    SQLAlchemy looks at its version leaves asyncpg "another operation is in progress", an internal error.
    """
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or state.startswith(_AWAY_STATES):
            return True
        if not state and error.statement is None:
            return True
    return isinstance(error, DATABASE_AWAY)


def value_is_impossible(error: BaseException) -> bool:
    """Whether PostgreSQL or its driver could not take a value: a NUL character, an id beyond 64 bits.

    SQLSTATE class 22, "data exception"; the driver's own DataError has it too, before anything is sent.
    """
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return (state or "").startswith("22")


POOL_TIMEOUT_SECONDS = 2.0
"""How long a request or task waits for a connection of its process's pool."""


def make_engine(settings: DatabaseSettings, name: str) -> AsyncEngine:
    """One pool for this process; `name` is what pg_stat_activity shows.

    JIT is off because our queries are short: compiling one costs more than running it.
    A statement may take ten seconds. A caller who waits longer than the limit for a connection gets 503: a
    pool that handed out none for 30 s froze the earlier design.
    Whoever stops within a transaction (a frozen process, a laptop that sleeps) loses it and its locks after
    thirty: with the sweeper's lock nobody would find lost jobs any more.
    An error hides its parameters, for they hold names and what pupils wrote, and errors are logged.
    """
    return create_async_engine(
        settings.url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_pre_ping=False,
        pool_use_lifo=True,
        hide_parameters=True,
        json_serializer=lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
        connect_args=_connect_args(settings, name),
    )


def _connect_args(settings: DatabaseSettings, name: str) -> dict[str, object]:
    arguments: dict[str, object] = {
        "timeout": 5,
        "command_timeout": 15,
        "server_settings": {
            "application_name": name,
            "jit": "off",
            "statement_timeout": "10000",
            "idle_in_transaction_session_timeout": "30000",
        },
    }
    if settings.tls != "off":
        arguments["ssl"] = tls_context(verify=settings.tls == "verified")
    return arguments


def make_session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions that keep loaded values after the commit, since events are built from them."""
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


def make_single_session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions in which every statement is a transaction of its own, from the same pool.

    For reads, and for what is one statement: BEGIN and COMMIT would be two more round trips, which cost as
    much as the statement.
    """
    return make_session_factory(engine.execution_options(isolation_level="AUTOCOMMIT"))


def one_of(
    column: ColumnElement[int] | InstrumentedAttribute[int], ids: Collection[int]
) -> ColumnElement[bool]:
    """As `column.in_(ids)`, which makes a parameter of each, and so a statement of its own for each size."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


async def plain_rows(
    session: AsyncSession, statement: Executable, bound: Mapping[str, object]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a SELECT of columns finds, in the session's transaction, past its ORM.

    For what every job reads: the ORM prepares each statement and each row to become objects, which costs
    as much as a third of the call, and columns become none.
    """
    connection = await session.connection()
    return (await connection.execute(statement, bound)).all()


async def lock_keys(session: AsyncSession, keys: Sequence[str]) -> None:
    """Lock these keys until the commit; another transaction that locks one of them waits.

    In sorted order, so that two transactions never wait for each other.
    """
    for key in sorted(keys):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def ping(engine: AsyncEngine) -> None:
    """Raises when the database does not answer."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
