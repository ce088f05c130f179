"""What the dashboard shows beside the lanes: the last hour by minute, causes of failures, and the workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.monitoring import repository
from app.monitoring.repository import Worker

MINUTES = 60


@dataclass(frozen=True, slots=True)
class History:
    """Of one school; the workers are those of the installation.

    `completed` and `waits` have a value for each of the last MINUTES, oldest first. `waits` are medians in
    seconds, None for a minute in which no job ended. `causes` counts today's failures by code. `slowest` is
    today's slowest summary, in seconds.
    """

    completed: Sequence[int]
    waits: Sequence[float | None]
    causes: Mapping[str, int]
    slowest: float | None
    workers: Sequence[Worker]

    @property
    def model_away(self) -> bool:
        """Whether there are workers and none of them reaches the model."""
        return bool(self.workers) and not any(worker.model_reachable for worker in self.workers)


async def read_history(session: AsyncSession, school_id: int) -> History:
    """The history up to now."""
    by_minutes_ago = await repository.last_hour(session, school_id)
    nothing: tuple[int, float | None] = (0, None)
    minutes = [by_minutes_ago.get(minutes_ago, nothing) for minutes_ago in reversed(range(MINUTES))]
    return History(
        completed=tuple(completed for completed, _ in minutes),
        waits=tuple(wait for _, wait in minutes),
        causes=await repository.failures(session, school_id),
        slowest=await repository.slowest_today(session, school_id),
        workers=tuple(await repository.workers(session, school_id)),
    )
