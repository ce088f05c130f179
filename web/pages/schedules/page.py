"""Loads the pages of schedules."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.locale import Locale
from app.evaluations import service as evaluations
from app.scheduling import service
from app.scheduling.models import Schedule
from app.scheduling.presenters import schedule_out
from app.scheduling.schemas import ScheduleOut
from web.pages.schedules.view import Choice, RunItem, ScheduleItem, SchedulePage, SchedulesPage

MAX_RUNS = 10
"""Runs on the page of a schedule, the latest first."""


async def load_schedules(session: AsyncSession, user: Principal, locale: Locale) -> SchedulesPage:
    """The schedules that this user may change."""
    found = await service.visible(session, user)
    titles = await _titles(session, user, found)
    items = [_item(one, await schedule_out(session, one, locale), titles) for one in found]
    return SchedulesPage(tuple(items), tuple(await _choices(session, user)))


async def load_schedule(
    session: AsyncSession, user: Principal, schedule: Schedule, locale: Locale
) -> SchedulePage:
    """The page of a schedule that this user may change."""
    out = await schedule_out(session, schedule, locale)
    item = _item(schedule, out, await _titles(session, user, [schedule]))
    choices = await _choices(session, user)
    if item.evaluation_id is not None and item.evaluation_id not in {one.id for one in choices}:
        choices.append(Choice(item.evaluation_id, item.title))
    runs = await service.latest_runs(session, schedule, MAX_RUNS)
    return SchedulePage(
        item=item,
        choices=tuple(choices),
        next_runs=tuple(out.next_runs),
        runs=tuple(RunItem(run.due_at, run.by_hand, run.result, run.counts) for run in runs),
        students=None if schedule.student_ids is None else len(schedule.student_ids),
    )


async def _choices(session: AsyncSession, user: Principal) -> list[Choice]:
    """The newest evaluations that are open. For others a run would queue nothing."""
    page = await evaluations.list_evaluations(session, user)
    return [Choice(row.evaluation_id, row.title) for row in page.evaluations if row.state == "open"]


async def _titles(session: AsyncSession, user: Principal, schedules: Iterable[Schedule]) -> dict[int, str]:
    wanted = {one.evaluation_id for one in schedules if one.evaluation_id is not None}
    return await evaluations.titles(session, user, wanted)


def _item(schedule: Schedule, out: ScheduleOut, titles: dict[int, str]) -> ScheduleItem:
    return ScheduleItem(
        id=schedule.id,
        name=schedule.name,
        description=out.description,
        zone=out.timezone,
        enabled=schedule.enabled,
        evaluation_id=schedule.evaluation_id,
        title=titles.get(schedule.evaluation_id or 0, ""),
        next_run_at=schedule.next_run_at,
        last_run_at=schedule.last_run_at,
        result=schedule.last_result,
        counts=schedule.last_counts,
    )
