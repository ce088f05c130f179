"""The task catalogue: the kinds of jobs, the queues on which workers wake for them, and their handlers."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.settings import LANES

SUMMARY = "summary"
DELIVER_WEBHOOKS = "deliver_webhooks"

WEBHOOKS_QUEUE = "webhooks"


@dataclass(frozen=True, slots=True)
class TaskType:
    """A kind of job.

    `name` is what `job.task` holds: lower-case letters and underscores, at most 20. `queue` is the queue of
    its normal lane. `handler` is "module:Class", a class that makes an app.jobs.handlers.Handler; a worker
    looks it up once, when it starts, so that this file needs to import nothing.
    """

    name: str
    queue: str
    handler: str

    def queue_of(self, lane: str) -> str:
        """The queue of a lane, which is one of LANES."""
        return self.queue if lane == "normal" else f"{self.queue}-{lane}"

    @property
    def queues(self) -> dict[str, str]:
        """The queue of each lane, the most urgent first."""
        return {lane: self.queue_of(lane) for lane in LANES}


TASKS: dict[str, TaskType] = {
    task.name: task
    for task in (
        TaskType(SUMMARY, "ai-summaries", "app.summaries.attempt:SummaryHandler"),
    )
}  # fmt: skip
"""Every kind of job by its name. A new kind is one line here; docs/add-a-task-type.md shows the rest."""

QUEUES = TASKS[SUMMARY].queues
"""The queue of each lane of summaries; the names are part of the HTTP contract."""


@dataclass(frozen=True, slots=True)
class WakeUp:
    """Says that there is work of this kind. It names no job: the worker claims the most urgent one."""

    task: str
    lane: str = "normal"

    @property
    def queue(self) -> str:
        """The queue that it travels on. Raises KeyError for a task that this version does not know."""
        return WEBHOOKS_QUEUE if self.task == DELIVER_WEBHOOKS else TASKS[self.task].queue_of(self.lane)


def job_waits(task: str, lane: int) -> WakeUp:
    """A job of this task waits in this lane (an index into LANES)."""
    return WakeUp(task, LANES[lane])


def webhooks_wait() -> WakeUp:
    """Deliveries are due."""
    return WakeUp(DELIVER_WEBHOOKS)


def job_queues() -> Iterator[tuple[str, int, str]]:
    """Every task with each lane (an index into LANES) and the queue of both."""
    for task in TASKS.values():
        for index, lane in enumerate(LANES):
            yield task.name, index, task.queue_of(lane)
