"""HTTP API of the queue: health, numbers, and pausing lanes."""

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
    """The queue of the caller's school."""

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
        """Start no more jobs of the school in a lane: high, normal or low. Running jobs continue."""
        return await service.pause_lane(uow, user, lane)

    @post("/{lane:str}/resume", guards=[requires("admin")], status_code=200)
    async def resume(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], lane: FromPath[str]
    ) -> QueueOut:
        """Start jobs of the lane again."""
        return await service.resume_lane(uow, user, lane)

    @get("/health", responses={503: ResponseSpec(Health, description="The database is away.")})
    async def health(
        self,
        session: NamedDependency[AsyncSession],
        redis: NamedDependency[Redis],
        user: NamedDependency[Principal],
    ) -> Response[Health]:
        """Whether jobs are accepted, kept and done. 503 when the database is away, else 200."""
        found = await service.health(session, redis, user.school_id)
        return Response(found, status_code=503 if found.status == "unhealthy" else 200)
