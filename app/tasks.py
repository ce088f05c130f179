"""The task catalogue: what can be sent to a worker, by which name and on which queue."""

from dataclasses import dataclass

from app.settings import LANES

GENERATE_SUMMARY = "generate_summary"
DELIVER_WEBHOOKS = "deliver_webhooks"

QUEUES = {"high": "ai-summaries-high", "normal": "ai-summaries", "low": "ai-summaries-low"}
"""The queue of each lane; the names are part of the HTTP contract."""

WEBHOOKS_QUEUE = "webhooks"


@dataclass(frozen=True, slots=True)
class Task:
    """A wake-up. It carries a lane and no job: the worker asks the database what is most urgent."""

    name: str
    lane: str

    @property
    def queue(self) -> str:
        """The queue that its wake-ups travel on: webhooks have one, and no lanes."""
        return WEBHOOKS_QUEUE if self.name == DELIVER_WEBHOOKS else QUEUES[self.lane]


def summary_waits(lane: int) -> Task:
    """A summary is queued in this lane (an index into LANES)."""
    return Task(GENERATE_SUMMARY, LANES[lane])


def webhooks_wait() -> Task:
    """Deliveries are due."""
    return Task(DELIVER_WEBHOOKS, "normal")
