"""The form of a schedule: what was filled in, what that means, and what is wrong with it."""

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
from web.pages.shared.view import FormProblem

LONGEST_ID = 18
"""Digits of an id that the database can hold."""


def read(given: Mapping[str, str]) -> ScheduleForm:
    """What was filled in; nothing of it is judged yet."""
    return ScheduleForm(
        name=given.get("name", ""),
        evaluation_id=given.get("evaluation_id", ""),
        rhythm=given.get("rhythm", OWN),
        expression=given.get("cron_expression", ""),
        timezone=given.get("timezone", ""),
    )


def filled(schedule: Schedule) -> ScheduleForm:
    """The form that would have made this schedule."""
    rhythm = next((name for name, cron in RHYTHMS.items() if cron == schedule.cron_expression), OWN)
    return ScheduleForm(
        name=schedule.name,
        evaluation_id=str(schedule.evaluation_id or ""),
        rhythm=rhythm,
        expression=schedule.cron_expression if rhythm == OWN else "",
        timezone=schedule.time_zone or "",
    )


def refused(form: ScheduleForm, fault: BadInput) -> ScheduleForm:
    """The same form, with what is wrong at its field."""
    code = fault.fault.code if isinstance(fault, service.BadExpression) else ""
    return replace(form, problem=FormProblem(fault.field or "", code))


async def create(uow: UnitOfWork, user: Principal, form: ScheduleForm) -> Schedule:
    """Make what the form says. Raises BadInput that names the field, NotFound, Forbidden."""
    params = TaskParams(_evaluation_id(form))
    body = ScheduleBody(form.name, form.cron_expression, params, form.timezone.strip() or None)
    return await service.create(uow, user, body)


async def change(uow: UnitOfWork, user: Principal, schedule_id: int, form: ScheduleForm) -> Schedule:
    """Change a schedule to what the form says. Raises as `create`.

    While the evaluation stays the same, so does a selection of its pupils, which the form does not show.
    """
    now = await service.managed(uow.session, user, schedule_id)
    wanted = _evaluation_id(form)
    body = ScheduleChange(
        name=form.name,
        cron_expression=form.cron_expression,
        task_params=msgspec.UNSET if wanted == now.evaluation_id else TaskParams(wanted),
        timezone=form.timezone.strip() or None,
    )
    return await service.change(uow, user, schedule_id, body)


def _evaluation_id(form: ScheduleForm) -> int:
    text = form.evaluation_id
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID):
        raise BadInput("Choose an evaluation.", field="evaluation_id")
    return int(text)
