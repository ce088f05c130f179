"""What the dashboard shows beside the lanes: the last hour, the causes of failures, who is at work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.monitoring import repository
from app.monitoring.repository import Worker

MINUTES = 60


@dataclass(frozen=True, slots=True)
class History:
    """Of one school, workers excepted. The sequences have a value for each of the last MINUTES, oldest first.

    `waits` are medians in seconds, None for minutes in which nothing ended. `slowest` is today's, in seconds.
    """

    completed: Sequence[int]
    waits: Sequence[float | None]
    causes: Mapping[str, int]
    slowest: float | None
    workers: Sequence[Worker]

    @property
    def model_away(self) -> bool:
        """Whether there are workers, and none of them reaches the model."""
        return bool(self.workers) and not any(one.model_reachable for one in self.workers)


async def history(session: AsyncSession, school_id: int) -> History:
    """As it is now."""
    minutes = await repository.last_hour(session, school_id)
    nothing: tuple[int, float | None] = (0, None)
    told = [minutes.get(ago, nothing) for ago in reversed(range(MINUTES))]
    return History(
        completed=tuple(completed for completed, _ in told),
        waits=tuple(wait for _, wait in told),
        causes=await repository.failures(session, school_id),
        slowest=await repository.slowest_today(session, school_id),
        workers=tuple(await repository.workers(session, school_id)),
    )
