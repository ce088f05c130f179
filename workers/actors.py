"""Every actor: the task that wakes it, then one call into the application."""

from collections.abc import Awaitable, Callable

import dramatiq

from app.tasks import DELIVER_WEBHOOKS, TASKS, WEBHOOKS_QUEUE, TaskType, WakeUp
from workers.middleware.retry import Unused
from workers.resources import Resources


def declare(broker: dramatiq.Broker, resources: Resources) -> None:
    """Declare the actors that wake-ups name. Time limits are the handlers', retries are in the database."""
    for task in TASKS.values():
        dramatiq.actor(broker=broker, actor_name=task.name, queue_name=task.queue, lanes=task.queues)(
            _run_one(task, resources)
        )

    @dramatiq.actor(broker=broker, actor_name=DELIVER_WEBHOOKS, queue_name=WEBHOOKS_QUEUE)
    async def deliver_webhooks(**_wake_up: str) -> None:
        resources.webhooks.wake()


def _run_one(task: TaskType, resources: Resources) -> Callable[[str], Awaitable[None]]:
    async def run_one(lane: str) -> None:
        if not await resources.runner.run_one(WakeUp(task.name, lane)):
            raise Unused

    return run_one
