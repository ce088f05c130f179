"""The queue's health and numbers, for those who run it."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.monitoring import service
from app.monitoring.schemas import Health, Stats
from app.summaries.api import BASE


class QueueApi(Controller):
    """Numbers of the caller's own school."""

    path = f"{BASE}/queue"
    tags = ("Queue",)
    guards = (requires("teacher", "admin"),)

    @get("/stats")
    async def stats(self, session: NamedDependency[AsyncSession], user: NamedDependency[Principal]) -> Stats:
        """What is queued and running now, and what ended in the last 24 hours."""
        return await service.stats(session, user.school_id)

    @get("/health")
    async def health(
        self,
        session: NamedDependency[AsyncSession],
        redis: NamedDependency[Redis],
        user: NamedDependency[Principal],
    ) -> Response[Health]:
        """Whether work is taken in, kept and done: 200 when it can be served, 503 when not."""
        found = await service.health(session, redis, user.school_id)
        return Response(found, status_code=503 if found.status == "unhealthy" else 200)
