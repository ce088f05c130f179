"""HTTP API of schedules."""

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.accounts.guards import QUEUES_MANY, requires
from app.accounts.principal import Principal
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork
from app.scheduling import service
from app.scheduling.presenters import schedule_out
from app.scheduling.schemas import RunOut, ScheduleBody, ScheduleChange, ScheduleList, ScheduleOut


class SchedulesApi(Controller):
    """Batches that start at set times."""

    path = "/api/v1/feedback-summaries/scheduled-jobs"
    tags = ("Schedules",)
    guards = (requires("teacher", "admin"),)

    @get("/")
    async def list_all(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
    ) -> ScheduleList:
        """The schedules that the caller may change."""
        found = await service.visible(uow.session, user)
        return ScheduleList([await schedule_out(uow.session, one, locale) for one in found])

    @post("/", status_code=201)
    async def create(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        data: JSONBody[ScheduleBody],
    ) -> ScheduleOut:
        """Add a schedule. The answer to a wrong expression is 400 with the field."""
        return await schedule_out(uow.session, await service.create(uow, user, data), locale)

    @get("/{schedule_id:int}")
    async def read(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        schedule_id: FromPath[int],
    ) -> ScheduleOut:
        """One schedule."""
        return await schedule_out(uow.session, await service.managed(uow.session, user, schedule_id), locale)

    @patch("/{schedule_id:int}")
    async def change(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        schedule_id: FromPath[int],
        data: JSONBody[ScheduleChange],
    ) -> ScheduleOut:
        """Change, pause or resume a schedule."""
        return await schedule_out(uow.session, await service.change(uow, user, schedule_id, data), locale)

    @delete("/{schedule_id:int}")
    async def remove(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], schedule_id: FromPath[int]
    ) -> None:
        """Delete a schedule. The jobs that it queued continue."""
        await service.remove(uow, user, schedule_id)

    @post("/{schedule_id:int}/run", status_code=202, opt=QUEUES_MANY)
    async def run(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], schedule_id: FromPath[int]
    ) -> RunOut:
        """Run a schedule now, in addition to its times."""
        result, counts = await service.run_now(uow, user, schedule_id)
        return RunOut(
            schedule_id=schedule_id,
            result=result,
            queued=counts.get("queued", 0),
            already_queued=counts.get("already_queued", 0),
            up_to_date=counts.get("up_to_date", 0),
        )
