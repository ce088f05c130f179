"""Pages of schedules, which start the summaries of an evaluation at set times."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import QUEUES_MANY, requires
from app.accounts.principal import Principal
from app.core.errors import BadInput
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.scheduling import service
from app.scheduling.schemas import ScheduleChange
from web.pages.schedules import form as schedule_form
from web.pages.schedules import page
from web.pages.schedules.view import ScheduleForm
from web.pages.shared.forms import Form
from web.pages.shared.responses import RenderPage, redirect

INDEX = "pages/schedules/index.html"
SHOW = "pages/schedules/show.html"


class SchedulePages(Controller):
    """The schedules of a school, for its staff."""

    path = "/schedules"
    guards = (requires("teacher", "admin"),)

    @get("/")
    async def index(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
    ) -> Response[str]:
        """The schedules, and the form for a new one."""
        view = await page.load_schedules(session, user, locale)
        return render_page(INDEX, "schedules", view=view, form=ScheduleForm())

    @post("/")
    async def create(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
    ) -> Response[str] | Redirect:
        """Make a schedule, or show the form again with the problem at its field."""
        form = schedule_form.read(data)
        try:
            async with units() as uow:
                made = await schedule_form.create(uow, user, form)
        except BadInput as fault:
            view = await page.load_schedules(session, user, locale)
            form = schedule_form.with_problem(form, fault)
            return render_page(INDEX, "schedules", status=fault.status, view=view, form=form)
        return redirect(f"/schedules/{made.id}", "schedule_made")

    @get("/{schedule_id:int}")
    async def show(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        schedule_id: FromPath[int],
    ) -> Response[str]:
        """One schedule: its next runs, its latest runs, and the form to change it."""
        schedule = await service.managed(session, user, schedule_id)
        view = await page.load_schedule(session, user, schedule, locale)
        return render_page(SHOW, "schedules", view=view, form=schedule_form.for_schedule(schedule))

    @post("/{schedule_id:int}/edit")
    async def edit(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        schedule_id: FromPath[int],
    ) -> Response[str] | Redirect:
        """Change a schedule, or show the form again with the problem at its field."""
        form = schedule_form.read(data)
        try:
            async with units() as uow:
                await schedule_form.change(uow, user, schedule_id, form)
        except BadInput as fault:
            schedule = await service.managed(session, user, schedule_id)
            view = await page.load_schedule(session, user, schedule, locale)
            form = schedule_form.with_problem(form, fault)
            return render_page(SHOW, "schedules", status=fault.status, view=view, form=form)
        return redirect(f"/schedules/{schedule_id}", "saved")

    @post("/{schedule_id:int}/pause")
    async def pause(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], schedule_id: FromPath[int]
    ) -> Redirect:
        """Stop its runs until it is resumed."""
        await service.change(uow, user, schedule_id, ScheduleChange(enabled=False))
        return redirect(f"/schedules/{schedule_id}", "paused")

    @post("/{schedule_id:int}/resume")
    async def resume(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], schedule_id: FromPath[int]
    ) -> Redirect:
        """Go on with the next run. Missed runs are not made up for."""
        await service.change(uow, user, schedule_id, ScheduleChange(enabled=True))
        return redirect(f"/schedules/{schedule_id}", "resumed")

    @post("/{schedule_id:int}/run", opt=QUEUES_MANY)
    async def run(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], schedule_id: FromPath[int]
    ) -> Redirect:
        """Run it now. Its next run stays as planned."""
        result, counts = await service.run_now(uow, user, schedule_id)
        if result != "queued":
            return redirect(f"/schedules/{schedule_id}", "ran_nothing")
        left = counts["already_queued"] + counts["up_to_date"]
        return redirect(f"/schedules/{schedule_id}", "queued", counts["queued"], left)

    @post("/{schedule_id:int}/delete")
    async def delete(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], schedule_id: FromPath[int]
    ) -> Redirect:
        """Delete it. Jobs that it queued go on."""
        await service.remove(uow, user, schedule_id)
        return redirect("/schedules", "schedule_gone")
