"""Page of one job with its attempts."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import QUEUES_ONE, requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.summaries import service
from web.pages.jobs import page
from web.pages.shared.responses import RenderPage, redirect


class JobPages(Controller):
    """One job, for everyone who may see it."""

    path = "/jobs/{job_id:str}"
    guards = (requires(),)

    @get("/")
    async def show(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        job_id: FromPath[str],
    ) -> Response[str]:
        """The state of the job, and how its attempts ended."""
        view = await page.load(session, user, job_id)
        return render_page("pages/jobs/show.html", "evaluations", view=view)

    @post("/cancel")
    async def cancel(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], job_id: FromPath[str]
    ) -> Redirect:
        """Cancel the job."""
        await service.cancel_job(uow, user, job_id)
        return redirect(f"/jobs/{job_id}", "cancelled", 1)

    @post("/retry", opt=QUEUES_ONE)
    async def retry(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], job_id: FromPath[str]
    ) -> Redirect:
        """Queue a new job in place of one that failed or was cancelled."""
        job = await service.retry_job(uow, user, job_id)
        return redirect(f"/jobs/{job.id}", "queued", 1)
