"""Page of the dashboard of the queue, with its buttons."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import QUEUES_MANY, requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.monitoring import bulk, service
from app.monitoring.recent_jobs import JobFilter
from web.deps import AnyRequest
from web.pages.monitoring import page
from web.pages.monitoring.form import selected_jobs
from web.pages.monitoring.page import PATH, address
from web.pages.shared.responses import RenderPage, redirect


class MonitoringPages(Controller):
    """The dashboard, for staff."""

    path = PATH
    guards = (requires("teacher", "admin"),)

    @get("/")
    async def show(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        status: FromQuery[str] = "",
        lane: FromQuery[str] = "",
        cause: FromQuery[str] = "",
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        """The state of the queue, and the recent jobs."""
        chosen = JobFilter(status[:20], lane[:20], cause[:40])
        view = await page.load(session, user, chosen, cursor)
        return render_page("pages/monitoring/index.html", "monitoring", view=view)

    @post("/cancel")
    async def cancel(
        self, request: AnyRequest, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal]
    ) -> Redirect:
        """Cancel the selected jobs."""
        chosen, ids = selected_jobs(await request.form())
        if not ids:
            return redirect(address(chosen), "no_jobs")
        return redirect(address(chosen), "cancelled", await bulk.cancel(uow, user, ids))

    @post("/retry", opt=QUEUES_MANY)
    async def retry(
        self, request: AnyRequest, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal]
    ) -> Redirect:
        """Try the selected jobs again."""
        chosen, ids = selected_jobs(await request.form())
        if not ids:
            return redirect(address(chosen), "no_jobs")
        return redirect(address(chosen), "queued", await bulk.retry(uow, user, ids))

    @post("/lanes/{lane:str}/pause", guards=[requires("admin")])
    async def pause(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], lane: FromPath[str]
    ) -> Redirect:
        """Pause a lane for the school: its waiting jobs do not start."""
        lane_counts = await service.pause_lane(uow, user, lane)
        return redirect(PATH, "lane_paused", lane_counts.held)

    @post("/lanes/{lane:str}/resume", guards=[requires("admin")])
    async def resume(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], lane: FromPath[str]
    ) -> Redirect:
        """Resume a lane for the school."""
        await service.resume_lane(uow, user, lane)
        return redirect(PATH, "lane_resumed")
