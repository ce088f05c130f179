"""SQL of the gauges: the queue, the workers and the webhooks of the whole installation as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.sql.workers import ALIVE_LIMIT_SECONDS


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many items may start now, and for how many seconds the first of them could have started."""

    count: int = 0
    oldest_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Gauges:
    """Of all schools together.

    `waiting` and `running` are by lane (an index into LANES); a lane without jobs is left out. `workers` is
    by whether a process reaches the model.
    """

    waiting: Mapping[int, Backlog]
    running: Mapping[int, int]
    workers: Mapping[bool, int]
    webhooks: Backlog


WAITING = text(
    """
    SELECT lane, count(*) AS count,
           CAST(extract(epoch FROM now() - min(waiting_since)) AS float) AS oldest_seconds
    FROM job WHERE waiting GROUP BY lane
    """
)

RUNNING = text("SELECT lane, count(*) AS count FROM job WHERE state = 'processing' GROUP BY lane")

WORKERS = text(
    """
    SELECT model_reachable, count(*) AS count FROM worker_process
    WHERE last_seen > now() - make_interval(secs => :alive) GROUP BY model_reachable
    """
)

WEBHOOKS = text(
    """
    SELECT count(*) AS count,
           coalesce(CAST(extract(epoch FROM now() - min(next_try_at)) AS float), 0) AS oldest_seconds
    FROM webhook_delivery WHERE state = 'pending' AND next_try_at <= now()
    """
)


async def read_gauges(session: AsyncSession) -> Gauges:
    """All of them, in four statements."""
    waiting = await session.execute(WAITING)
    running = await session.execute(RUNNING)
    workers = await session.execute(WORKERS, {"alive": ALIVE_LIMIT_SECONDS})
    due, oldest_due = (await session.execute(WEBHOOKS)).one()
    return Gauges(
        waiting={lane: Backlog(count, oldest) for lane, count, oldest in waiting},
        running=dict(running.all()),
        workers=dict(workers.all()),
        webhooks=Backlog(due, oldest_due),
    )
