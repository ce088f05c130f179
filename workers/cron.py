"""Every Periodiq entry: one minute tick. PostgreSQL decides what is due (app/scheduling/tick.py)."""

import dramatiq
from periodiq import cron

from app.scheduling.tick import tick as run_due
from app.scheduling.upkeep import upkeep
from workers.resources import Resources

QUEUE = "upkeep"
"""Every worker process serves it before the lanes."""


def declare(broker: dramatiq.Broker, resources: Resources) -> None:
    """Declare the actor that the scheduler wakes. It is harmless to run twice, or late, or never."""

    @dramatiq.actor(broker=broker, queue_name=QUEUE, periodic=cron("* * * * *"))
    async def tick() -> None:
        await run_due(resources.units)
        await upkeep(resources.units)
