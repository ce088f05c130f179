"""The form of a schedule: reads it, fills it, and does what it says."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from app.accounts.principal import Principal
from app.core.errors import BadInput
from app.core.unit_of_work import UnitOfWork
from app.scheduling import service
from app.scheduling.models import Schedule
from app.scheduling.schemas import ScheduleBody, ScheduleChange, TaskParams
from web.pages.schedules.view import OWN, RHYTHMS, ScheduleForm
from web.pages.shared.forms import MAX_ID_DIGITS
from web.pages.shared.view import FormProblem


def read(fields: Mapping[str, str]) -> ScheduleForm:
    """The form as it was filled in. Nothing is checked yet."""
    return ScheduleForm(
        name=fields.get("name", ""),
        evaluation_id=fields.get("evaluation_id", ""),
        rhythm=fields.get("rhythm", OWN),
        expression=fields.get("cron_expression", ""),
        timezone=fields.get("timezone", ""),
    )


def for_schedule(schedule: Schedule) -> ScheduleForm:
    """The form filled with the data of this schedule."""
    rhythm = next((name for name, cron in RHYTHMS.items() if cron == schedule.cron_expression), OWN)
    return ScheduleForm(
        name=schedule.name,
        evaluation_id=str(schedule.evaluation_id or ""),
        rhythm=rhythm,
        expression=schedule.cron_expression if rhythm == OWN else "",
        timezone=schedule.time_zone or "",
    )


def with_problem(form: ScheduleForm, fault: BadInput) -> ScheduleForm:
    """The same form, with the problem at its field."""
    code = fault.fault.code if isinstance(fault, service.BadExpression) else ""
    return replace(form, problem=FormProblem(fault.field or "", code))


async def create(uow: UnitOfWork, user: Principal, form: ScheduleForm) -> Schedule:
    """Make the schedule of the form. Raises BadInput with the field, NotFound, Forbidden."""
    params = TaskParams(_evaluation_id(form))
    body = ScheduleBody(form.name, form.cron_expression, params, form.timezone.strip() or None)
    return await service.create(uow, user, body)


async def change(uow: UnitOfWork, user: Principal, schedule_id: int, form: ScheduleForm) -> Schedule:
    """Change a schedule to what the form says. Raises the same as `create`.

    The form does not show to which students the schedule is limited. The limit stays while the evaluation
    stays the same.
    """
    current = await service.managed(uow.session, user, schedule_id)
    evaluation_id = _evaluation_id(form)
    body = ScheduleChange(
        name=form.name,
        cron_expression=form.cron_expression,
        task_params=msgspec.UNSET if evaluation_id == current.evaluation_id else TaskParams(evaluation_id),
        timezone=form.timezone.strip() or None,
    )
    return await service.change(uow, user, schedule_id, body)


def _evaluation_id(form: ScheduleForm) -> int:
    text = form.evaluation_id
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_ID_DIGITS):
        raise BadInput("Choose an evaluation.", field="evaluation_id")
    return int(text)
