"""Turns a schedule into what the API answers."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.locale import Locale
from app.scheduling import cron, service
from app.scheduling.models import Schedule
from app.scheduling.schemas import ScheduleOut, TaskParams
from app.scheduling.tick import RESULTS

NEXT_RUNS = 5


async def schedule_out(
    session: AsyncSession, schedule: Schedule, locale: Locale, now: datetime | None = None
) -> ScheduleOut:
    """A schedule with its expression in words and its next five times; a paused one has no times."""
    zone = await service.time_zone(session, schedule)
    times = cron.upcoming(schedule.cron_expression, now or datetime.now(UTC), zone, NEXT_RUNS)
    params = None
    if schedule.evaluation_id is not None:
        params = TaskParams(schedule.evaluation_id, schedule.student_ids)
    return ScheduleOut(
        id=schedule.id,
        name=schedule.name,
        cron_expression=schedule.cron_expression,
        timezone=zone.key,
        task_params=params,
        enabled=schedule.enabled,
        next_run_at=schedule.next_run_at,
        last_run_at=schedule.last_run_at,
        last_result=last_result(schedule),
        description=cron.describe(schedule.cron_expression, locale),
        next_runs=times if schedule.enabled else [],
    )


def last_result(schedule: Schedule) -> str | None:
    """The result of the last run as a sentence; None before the first run."""
    if schedule.last_result is None:
        return None
    counts = dict.fromkeys(("queued", "already_queued", "up_to_date"), 0) | schedule.last_counts
    return RESULTS[schedule.last_result].format(**counts)
