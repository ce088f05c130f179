"""The text that Prometheus reads: this process's metrics, and the queue's depth as it is at this moment."""

from prometheus_client import REGISTRY, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import database_is_away
from app.monitoring import repository
from app.settings import LANES


async def exposition(session: AsyncSession) -> bytes:
    """All metrics; without those of the queue, which are not known then, while the database is away."""
    try:
        waiting = await repository.waiting(session)
    except Exception as error:
        if not database_is_away(error):
            raise
        return generate_latest(REGISTRY)
    return generate_latest(REGISTRY) + generate_latest(_queue(waiting))


def _queue(waiting: dict[int, tuple[int, float]]) -> CollectorRegistry:
    registry = CollectorRegistry()
    depth = Gauge("terugblik_queue_depth", "Jobs that may start now.", ["lane"], registry=registry)
    oldest = Gauge(
        "terugblik_queue_oldest_seconds",
        "How long the first of them has waited.",
        ["lane"],
        registry=registry,
    )
    for index, lane in enumerate(LANES):
        count, seconds = waiting.get(index, (0, 0.0))
        depth.labels(lane).set(count)
        oldest.labels(lane).set(seconds)
    return registry
