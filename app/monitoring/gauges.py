"""SQL of what a scrape looks up: queue, workers and webhooks of the whole installation at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.sql.workers import ALIVE_WITHIN


@dataclass(frozen=True, slots=True)
class Waiting:
    """The jobs of a lane that may start now; `oldest` in seconds, since the first of them came in line."""

    count: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """All schools together. Lanes with nothing are left out; `workers` by whether they reach the model."""

    waiting: Mapping[int, Waiting]
    running: Mapping[int, int]
    workers: Mapping[bool, int]
    webhooks: Waiting


WAITING = text(
    """
    SELECT lane, count(*) AS count,
           CAST(extract(epoch FROM now() - min(waiting_since)) AS float) AS oldest
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
           coalesce(CAST(extract(epoch FROM now() - min(next_try_at)) AS float), 0) AS oldest
    FROM webhook_delivery WHERE state = 'pending' AND next_try_at <= now()
    """
)


async def look(session: AsyncSession) -> Moment:
    """What there is now."""
    waiting = await session.execute(WAITING)
    running = await session.execute(RUNNING)
    workers = await session.execute(WORKERS, {"alive": ALIVE_WITHIN})
    due, oldest_due = (await session.execute(WEBHOOKS)).one()
    return Moment(
        waiting={lane: Waiting(number, oldest) for lane, number, oldest in waiting},
        running=dict(running.all()),
        workers=dict(workers.all()),
        webhooks=Waiting(due, oldest_due),
    )
