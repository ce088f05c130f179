"""Decisions about schedules: who may see, make, change, run and delete them."""

from zoneinfo import ZoneInfo, available_timezones

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import schools
from app.accounts.principal import Principal
from app.audit.actions import Action
from app.audit.service import note
from app.core.errors import AppError, BadInput, NotFound
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access
from app.evaluations import service as evaluations
from app.scheduling import cron, repository, tick
from app.scheduling.models import Schedule, ScheduleRun
from app.scheduling.schemas import ScheduleBody, ScheduleChange, TaskParams

MAX_NAME_LENGTH = 100
"""Characters."""


class BadExpression(BadInput):
    """A cron expression that is not valid; `fault` says why."""

    def __init__(self, fault: cron.CronFault) -> None:
        super().__init__(str(fault), field="cron_expression")
        self.fault = fault


async def run_now(uow: UnitOfWork, user: Principal, schedule_id: int) -> tuple[str, tick.Counts]:
    """Run a schedule now, in addition to its times. Returns a code of tick.RESULTS, and counts.

    Raises NotFound, Forbidden.
    """
    schedule = await managed(uow.session, user, schedule_id)
    now = await repository.database_now(uow.session)
    run_id = await repository.claim_run(uow.session, schedule.id, now, by_hand=True)
    if run_id is None:
        return "up_to_date", {}
    note(uow, user, Action.SCHEDULE_RUN, ("schedule", schedule.id))
    return await tick.run(uow, schedule, run_id, now)


async def visible(session: AsyncSession, user: Principal) -> list[Schedule]:
    """The school's schedules for an administrator; for a teacher those of their evaluations."""
    return await repository.visible(session, user.school_id, None if user.role == "admin" else user.user_id)


async def managed(session: AsyncSession, user: Principal, schedule_id: int) -> Schedule:
    """A schedule that this person may change, locked. Raises NotFound."""
    schedule = await repository.get(session, user.school_id, schedule_id)
    if schedule is None:
        raise NotFound("There is no such schedule.")
    if user.role == "admin":
        return schedule
    if schedule.evaluation_id is None:
        if schedule.created_by != user.user_id:
            raise NotFound("There is no such schedule.")
        return schedule
    try:
        await access.managed_evaluation(session, user, schedule.evaluation_id)
    except AppError as fault:
        raise NotFound("There is no such schedule.") from fault
    return schedule


async def latest_runs(session: AsyncSession, schedule: Schedule, limit: int) -> list[ScheduleRun]:
    """At most `limit` runs of a schedule that `managed` returned, newest first."""
    return await repository.runs(session, schedule.id, limit)


async def create(uow: UnitOfWork, user: Principal, body: ScheduleBody) -> Schedule:
    """Add a schedule. Raises BadInput, which names the field, NotFound and Forbidden."""
    schedule = Schedule(
        school_id=user.school_id,
        created_by=user.user_id,
        name=_name(body.name),
        cron_expression=_expression(body.cron_expression),
        time_zone=_zone(body.timezone),
        enabled=body.enabled,
    )
    await _set_target(uow, user, schedule, body.task_params)
    await _set_next_run(uow, schedule)
    uow.session.add(schedule)
    await uow.session.flush()
    note(uow, user, Action.SCHEDULE_CREATED, ("schedule", schedule.id), evaluation_id=schedule.evaluation_id)
    return schedule


async def change(uow: UnitOfWork, user: Principal, schedule_id: int, body: ScheduleChange) -> Schedule:
    """Change the fields that `body` has. Raises BadInput, NotFound, Forbidden."""
    schedule = await managed(uow.session, user, schedule_id)
    if body.name is not msgspec.UNSET:
        schedule.name = _name(body.name)
    if body.cron_expression is not msgspec.UNSET:
        schedule.cron_expression = _expression(body.cron_expression)
    if body.timezone is not msgspec.UNSET:
        schedule.time_zone = _zone(body.timezone)
    if body.enabled is not msgspec.UNSET:
        schedule.enabled = body.enabled
    if body.task_params is not msgspec.UNSET:
        await _set_target(uow, user, schedule, body.task_params)
    await _set_next_run(uow, schedule)
    await uow.session.flush()
    fields = [name for name in body.__struct_fields__ if getattr(body, name) is not msgspec.UNSET]
    note(uow, user, Action.SCHEDULE_CHANGED, ("schedule", schedule.id), fields=fields)
    return schedule


async def remove(uow: UnitOfWork, user: Principal, schedule_id: int) -> None:
    """Delete a schedule. The jobs that it queued continue. Raises NotFound."""
    schedule = await managed(uow.session, user, schedule_id)
    await repository.remove(uow.session, schedule.id)
    note(uow, user, Action.SCHEDULE_DELETED, ("schedule", schedule.id), evaluation_id=schedule.evaluation_id)


async def time_zone(session: AsyncSession, schedule: Schedule) -> ZoneInfo:
    """The time zone of a schedule: its own or the school's."""
    if schedule.time_zone is not None:
        return ZoneInfo(schedule.time_zone)
    return ZoneInfo((await schools.get(session, schedule.school_id)).time_zone)


async def _set_target(uow: UnitOfWork, user: Principal, schedule: Schedule, wanted: TaskParams) -> None:
    """Set which summaries a schedule makes, after checking that this person may make them."""
    evaluation = await access.managed_evaluation(uow.session, user, wanted.evaluation_id)
    if wanted.student_ids is not None:
        known = await evaluations.student_ids(uow.session, evaluation, wanted.student_ids)
        if not set(wanted.student_ids) <= known:
            raise BadInput("Some of these pupils are not in this evaluation.", field="student_ids")
    schedule.evaluation_id, schedule.student_ids = wanted.evaluation_id, wanted.student_ids


async def _set_next_run(uow: UnitOfWork, schedule: Schedule) -> None:
    now = await repository.database_now(uow.session)
    zone = await time_zone(uow.session, schedule)
    schedule.next_run_at = tick.next_time(schedule.cron_expression, now, zone) if schedule.enabled else None


def _name(name: str) -> str:
    if not name.strip():
        raise BadInput("Give the schedule a name.", field="name")
    if len(name.strip()) > MAX_NAME_LENGTH:
        raise BadInput(f"A name has at most {MAX_NAME_LENGTH} characters.", field="name")
    return name.strip()


def _expression(expression: str) -> str:
    try:
        return cron.parse(expression)
    except cron.CronFault as fault:
        raise BadExpression(fault) from fault


def _zone(name: str | None) -> str | None:
    if name is not None and name not in available_timezones():
        raise BadInput("That is no time zone; write it as Europe/Amsterdam.", field="timezone")
    return name
