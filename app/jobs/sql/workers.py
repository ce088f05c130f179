"""SQL of the worker registry: one row per worker process, which beats every few seconds while it is there."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ScalarSelect, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.models import WorkerProcess

BEAT_INTERVAL_SECONDS = 10.0

ALIVE_LIMIT_SECONDS = 30
"""After its last beat a process counts as there for so long: two beats may get lost."""


async def beat(
    session: AsyncSession,
    name: str,
    lanes: Sequence[str],
    running: int,
    model_reachable: bool,
    threads: int = 1,
) -> None:
    """Store that this process is there, and how many jobs it can run side by side (`threads`).

    The same statement deletes the rows of processes that were killed a day ago.
    """
    statement = text(
        """
        WITH gone AS (DELETE FROM worker_process WHERE last_seen < now() - interval '1 day' AND name <> :name)
        INSERT INTO worker_process (name, lanes, running, model_reachable, threads)
        VALUES (:name, CAST(:lanes AS varchar[]), :running, :model_reachable, :threads)
        ON CONFLICT (name) DO UPDATE SET last_seen = now(), lanes = excluded.lanes,
            running = excluded.running, model_reachable = excluded.model_reachable,
            threads = excluded.threads
        """
    )
    bound = {
        "name": name,
        "lanes": list(lanes),
        "running": running,
        "model_reachable": model_reachable,
        "threads": threads,
    }
    await session.execute(statement, bound)


def slots() -> ScalarSelect[int]:
    """How many jobs the processes that are there can run side by side."""
    there = WorkerProcess.last_seen > func.now() - timedelta(seconds=ALIVE_LIMIT_SECONDS)
    return select(func.coalesce(func.sum(WorkerProcess.threads), 0)).where(there).scalar_subquery()


async def sign_off(session: AsyncSession, name: str) -> None:
    """Take this process out of the registry, because it stops."""
    await session.execute(delete(WorkerProcess).where(WorkerProcess.name == name))
