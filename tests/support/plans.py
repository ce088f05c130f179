"""What PostgreSQL would do: every statement that is sent while one listens, and the plan of each."""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@dataclass
class Sent:
    """What was sent: each statement with its parameters, in order, repetitions included."""

    statements: list[tuple[str, Any]] = field(default_factory=list)

    def note(
        self, _connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object
    ) -> None:
        """As SQLAlchemy's `before_cursor_execute` calls it. Of a list of parameters the first will do."""
        first = parameters[0] if isinstance(parameters, list) else parameters
        self.statements.append((statement.strip(), first))


@contextmanager
def listening() -> Iterator[Sent]:
    """Note what every engine of this process sends meanwhile."""
    sent = Sent()
    event.listen(Engine, "before_cursor_execute", sent.note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", sent.note)


async def scans(engine: AsyncEngine, sent: Sent, tables: Sequence[str]) -> dict[str, str]:
    """Those statements whose plan reads one of these tables from end to end, each with the table's name."""
    found = {}
    async with engine.connect() as connection:
        for statement, parameters in dict(sent.statements).items():
            if not statement.startswith(PLANNED):
                continue
            nodes = await explained(connection, statement, parameters)
            read = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
            if whole := read.intersection(tables):
                found[statement] = ", ".join(sorted(whole))
    return found


async def explained(connection: AsyncConnection, statement: str, parameters: Any) -> list[dict[str, Any]]:
    """The nodes of a statement's plan, each as PostgreSQL describes it."""
    found = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters or None)
    plan = found.scalar_one()
    return list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


async def planned_each_time(engine: AsyncEngine, ask: Callable[[AsyncSession], Awaitable[None]]) -> list[str]:
    """Of the statements that `ask` sends those for which PostgreSQL keeps no plan, ten times asked.

    It decides so after five (postgresql.org/docs/current/sql-prepare.html). What `ask` changes is undone.
    """
    kept = text("SELECT statement FROM pg_prepared_statements WHERE custom_plans >= 10 AND generic_plans = 0")
    async with AsyncSession(engine) as session:
        for _ in range(10):
            await ask(session)
        found = list(await session.scalars(kept))
        await session.rollback()
    return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
