"""Every actor: its name, its lanes, then one call into the application."""

import dramatiq

from app.tasks import DELIVER_WEBHOOKS, GENERATE_SUMMARY, QUEUES, WEBHOOKS_QUEUE
from workers.middleware.retry import Unused
from workers.resources import Resources


def declare(broker: dramatiq.Broker, resources: Resources) -> None:
    """Declare the actors that tasks wake. Time limits are in the model client, retries in the database."""

    @dramatiq.actor(broker=broker, actor_name=GENERATE_SUMMARY, queue_name=QUEUES["normal"], lanes=QUEUES)
    async def generate_summary(lane: str) -> None:
        if not await resources.summaries.run_one(lane):
            raise Unused

    @dramatiq.actor(broker=broker, actor_name=DELIVER_WEBHOOKS, queue_name=WEBHOOKS_QUEUE)
    async def deliver_webhooks(**_wakeup: str) -> None:
        resources.webhooks.wake()
