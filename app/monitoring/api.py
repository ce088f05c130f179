"""The queue's health and numbers, for those who run it."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.monitoring import service
from app.monitoring.schemas import Health, QueueOut, Stats
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

    @post("/{lane:str}/pause", guards=[requires("admin")], status_code=200)
    async def pause(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], lane: FromPath[str]
    ) -> QueueOut:
        """Start no more of the own school's jobs in a lane: high, normal or low. What runs goes on."""
        return await service.pause_lane(uow, user, lane)

    @post("/{lane:str}/resume", guards=[requires("admin")], status_code=200)
    async def resume(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], lane: FromPath[str]
    ) -> QueueOut:
        """Go on with them."""
        return await service.resume_lane(uow, user, lane)

    @get("/health", responses={503: ResponseSpec(Health, description="The database is away.")})
    async def health(
        self,
        session: NamedDependency[AsyncSession],
        redis: NamedDependency[Redis],
        user: NamedDependency[Principal],
    ) -> Response[Health]:
        """Whether work is taken in, kept and done: 200 when it can be served, 503 when not."""
        found = await service.health(session, redis, user.school_id)
        return Response(found, status_code=503 if found.status == "unhealthy" else 200)
