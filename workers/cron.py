"""Every Periodiq entry."""

import dramatiq
from periodiq import cron

from app.accounts.login import forget_expired
from app.evaluations.import_service import forget_old_previews
from workers.resources import Resources

QUEUE = "upkeep"
"""Its own queue, which every worker process serves before the lanes."""


def declare(broker: dramatiq.Broker, resources: Resources) -> None:
    """Declare the actors that the scheduler wakes. Each must be harmless to run twice, or late, or never."""

    @dramatiq.actor(broker=broker, queue_name=QUEUE, periodic=cron("*/10 * * * *"))
    async def upkeep() -> None:
        async with resources.units() as uow:
            await forget_expired(uow)
            await forget_old_previews(uow)
