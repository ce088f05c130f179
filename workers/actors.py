"""Every actor: its name, its lanes, then one call into the application."""

import dramatiq

from app.tasks import GENERATE_SUMMARY, QUEUES
from workers.resources import Resources


def declare(broker: dramatiq.Broker, resources: Resources) -> None:
    """Declare the actors that tasks wake. Time limits are in the model client, retries in the database."""

    @dramatiq.actor(broker=broker, actor_name=GENERATE_SUMMARY, queue_name=QUEUES["normal"], lanes=QUEUES)
    async def generate_summary(lane: str) -> None:
        await resources.summaries.run_one(lane)
