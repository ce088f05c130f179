"""The minute tick: runs what is due by the database's clock, once, however many schedulers tick."""

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from app.core.db import database_is_away
from app.core.logs import new_request_id
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.evaluations import access
from app.scheduling import cron, repository
from app.scheduling.models import Schedule
from app.summaries import service as summaries
from app.summaries.schemas import BatchBody

log = structlog.get_logger(__name__)

Counts = dict[str, int]

RESULTS = {
    "queued": "{queued} queued, {already_queued} already on their way, {up_to_date} up to date.",
    "up_to_date": "Everything is up to date; nothing was queued.",
    "nobody": "Nobody has received feedback yet; nothing was queued.",
    "gone": "The evaluation no longer exists; nothing was queued.",
    "closed": "The evaluation is closed; nothing was queued.",
    "error": "This run failed on our side; it was logged. The next one goes on as planned.",
}
"""The sentences of `last_result`, by the stored code."""


async def tick(units: UnitOfWorkFactory, now: datetime | None = None) -> int:
    """Run the schedules that are due, each in its transaction, and return how many ran.

    `now` is for tests; by default it is the time of the database.
    """
    ran = 0
    while True:
        with new_request_id():
            count = await _run_next_due(units, now)
        if count is None:
            return ran
        ran += count


async def _run_next_due(units: UnitOfWorkFactory, now: datetime | None) -> int | None:
    """Run a due schedule: 1 when it ran, 0 when it had nothing to run, None when no schedule is due.

    A schedule that fails is postponed to its next time, so that the others run.
    """
    async with units() as uow:
        now = now or await repository.database_now(uow.session)
        found = await repository.due(uow.session, now)
        if found is None:
            return None
        schedule, school_zone = found
        zone = ZoneInfo(schedule.time_zone or school_zone)
        try:
            async with uow.session.begin_nested():
                return await _run_due(uow, schedule, zone, now)
        except Exception as error:
            if database_is_away(error):
                raise
            log.exception("schedule_failed", schedule_id=schedule.id)
            values = {"last_run_at": now, "last_result": "error"}
            after = _after_failure(schedule, now, zone)
            await repository.change(uow.session, schedule.id, {**values, "next_run_at": after})
            return 0


def _after_failure(schedule: Schedule, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The next time; None when the expression is what failed."""
    try:
        return next_time(schedule.cron_expression, now, zone)
    except cron.CronFault:
        return None


async def _run_due(uow: UnitOfWork, schedule: Schedule, zone: ZoneInfo, now: datetime) -> int:
    """Run a locked due schedule once, for the last of all missed times.

    1. Find that time. 2. Set the next time. 3. Claim the run; when it was claimed before, return 0.
    4. Queue the jobs, and return 1.
    """
    due_at = cron.last_due(schedule.cron_expression, schedule.next_run_at or now, now, zone)
    after = next_time(schedule.cron_expression, now, zone)
    await repository.change(uow.session, schedule.id, {"next_run_at": after})
    run_id = await repository.claim_run(uow.session, schedule.id, due_at, by_hand=False)
    if run_id is None:
        return 0
    await run(uow, schedule, run_id, now)
    return 1


def next_time(expression: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first time after `after`, in UTC; None when there is none."""
    return next(iter(cron.upcoming(expression, after, zone, 1)), None)


async def run(uow: UnitOfWork, schedule: Schedule, run_id: int, now: datetime) -> tuple[str, Counts]:
    """Queue the schedule's jobs, and store and return the result: a code of RESULTS, and counts."""
    result, counts = await _queue(uow, schedule)
    await repository.end_run(uow.session, run_id, result, counts)
    values = {"last_run_at": now, "last_result": result, "last_counts": counts}
    await repository.change(uow.session, schedule.id, values)
    log.info("schedule_ran", schedule_id=schedule.id, school_id=schedule.school_id, result=result, **counts)
    return result, counts


async def _queue(uow: UnitOfWork, schedule: Schedule) -> tuple[str, Counts]:
    """Queue in the low lane, so that jobs that somebody waits for go first."""
    if schedule.evaluation_id is None:
        return "gone", {}
    evaluation = await access.scheduled_evaluation(
        uow.session, schedule.school_id, schedule.evaluation_id, schedule.created_by
    )
    if evaluation is None or evaluation.state != "open":
        return "closed", {}
    body = BatchBody(priority="low", student_ids=schedule.student_ids)
    batch = await summaries.queue_batch(uow, evaluation, body)
    counts = {
        "queued": batch.queued,
        "already_queued": batch.already_queued,
        "up_to_date": batch.up_to_date,
    }
    if batch.queued or batch.already_queued:
        return "queued", counts
    return ("up_to_date" if batch.up_to_date else "nobody"), counts
