"""The task catalogue: what can be sent to a worker, by which name and on which queue."""

from dataclasses import dataclass

from app.settings import LANES

GENERATE_SUMMARY = "generate_summary"

QUEUES = {"high": "ai-summaries-high", "normal": "ai-summaries", "low": "ai-summaries-low"}
"""The queue of each lane; the names are part of the HTTP contract."""


@dataclass(frozen=True, slots=True)
class Task:
    """A wake-up. It carries a lane and no job: the worker asks the database what is most urgent."""

    name: str
    lane: str

    @property
    def queue(self) -> str:
        """The queue that this lane's wake-ups travel on."""
        return QUEUES[self.lane]


def summary_waits(lane: int) -> Task:
    """A summary is queued in this lane (an index into LANES)."""
    return Task(GENERATE_SUMMARY, LANES[lane])
