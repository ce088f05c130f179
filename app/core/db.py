"""The engine, sessions, the declarative base, and the column types that tables share."""

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

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all models. Constraints have fixed names, which migrations use."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
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
"""What a call raises while PostgreSQL restarts or is gone with its socket, or when the pool is exhausted.

The errors of asyncpg are raised when a new connection breaks while SQLAlchemy sets it up. Later SQLAlchemy
wraps them.
"""

_TRANSIENT_SQLSTATES = ("08", "53", "57")
"""SQLSTATE classes of faults that end by themselves: lost connections, lack of resources, a restart by hand.

See postgresql.org/docs/current/errcodes-appendix.html.
"""


def database_is_away(error: BaseException) -> bool:
    """Whether `error` means "try again later" and not a fault of the product.

    An error with neither an SQLSTATE nor a statement is the connection's. When a server goes away while
    SQLAlchemy reads its version, asyncpg raises "another operation is in progress", an internal error.
    """
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or state.startswith(_TRANSIENT_SQLSTATES):
            return True
        if not state and error.statement is None:
            return True
    return isinstance(error, DATABASE_AWAY)


def value_is_impossible(error: BaseException) -> bool:
    """Whether PostgreSQL or asyncpg refused a value, such as a NUL character or an id beyond 64 bits.

    The SQLSTATE class is 22, "data exception". asyncpg's DataError has it too, before anything is sent.
    """
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return (state or "").startswith("22")


POOL_TIMEOUT_SECONDS = 2.0
"""How long a request or task waits for a connection of its process's pool."""

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 10
CLIENT_TIMEOUT_SECONDS = 15
"""For a statement whose cancellation by the server is not heard of, because the connection is dead."""

IDLE_TRANSACTION_TIMEOUT_SECONDS = 30


def make_engine(settings: DatabaseSettings, name: str) -> AsyncEngine:
    """The pool of this process. pg_stat_activity shows `name`.

    - JIT is off, because compiling a short query costs more than running it. - A statement may take
    STATEMENT_TIMEOUT_SECONDS. A caller that waits longer than POOL_TIMEOUT_SECONDS for a connection gets an
    error, which becomes 503. A pool that gave none for 30 s froze an earlier version. - A process that stands
    still within a transaction (frozen, or on a sleeping laptop) loses the transaction and its locks.
    Otherwise no other process could take the sweeper's lock and find lost jobs. - Errors hide their
    parameters. Errors are logged, and parameters hold names and what pupils wrote.
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
        "timeout": CONNECT_TIMEOUT_SECONDS,
        "command_timeout": CLIENT_TIMEOUT_SECONDS,
        "server_settings": {
            "application_name": name,
            "jit": "off",
            "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
            "idle_in_transaction_session_timeout": f"{IDLE_TRANSACTION_TIMEOUT_SECONDS}s",
        },
    }
    if settings.tls != "off":
        arguments["ssl"] = tls_context(verify=settings.tls == "verified")
    return arguments


def make_session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """A factory of sessions. Objects keep their values after the commit: events are built from them."""
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


def make_single_session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """A factory of sessions, from the same pool, in which every statement is a transaction.

    It is for reads, and for changes in one statement. BEGIN and COMMIT would be two more round trips, which
    cost as much as the statement.
    """
    return make_session_factory(engine.execution_options(isolation_level="AUTOCOMMIT"))


def one_of(
    column: ColumnElement[int] | InstrumentedAttribute[int], ids: Collection[int]
) -> ColumnElement[bool]:
    """As `column.in_(ids)` with one parameter, so that the statement is the same for any number of ids."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


async def plain_rows(
    session: AsyncSession, statement: Executable, bound: Mapping[str, object]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of a SELECT of columns, in the session's transaction and without the ORM.

    It is for statements that every job runs. The ORM prepares statement and rows for making objects, which is
    a third of the cost of such a call and of no use for columns.
    """
    connection = await session.connection()
    return (await connection.execute(statement, bound)).all()


async def lock_keys(session: AsyncSession, keys: Sequence[str]) -> None:
    """Lock these keys until the commit. Another transaction that locks one of them waits.

    Keys are locked in sorted order, so that two transactions cannot deadlock.
    """
    for key in sorted(keys):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def ping(engine: AsyncEngine) -> None:
    """Raise when the database does not answer; `database_is_away` knows the errors."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
