"""The minute tick: what is due by the database's clock, run once, whoever ticks and how often."""

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from app.core.db import database_is_away
from app.core.logs import own_request_id
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.evaluations import service as evaluations
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
"""What `last_result` says, by the code that is stored."""


async def tick(units: UnitOfWorkFactory, now: datetime | None = None) -> int:
    """Run everything that is due, each schedule in a transaction of its own; returns how many ran.

    `now` is the database's unless a test says otherwise.
    """
    ran = 0
    while True:
        with own_request_id():
            one = await _tick_one(units, now)
        if one is None:
            return ran
        ran += one


async def _tick_one(units: UnitOfWorkFactory, now: datetime | None) -> int | None:
    """Run one due schedule: 1 when it ran, 0 when there was nothing to run, None when none is due.

    One that fails is set aside to its next moment, so that it cannot keep the others from running.
    """
    async with units() as uow:
        moment = now or await repository.database_now(uow.session)
        found = await repository.due(uow.session, moment)
        if found is None:
            return None
        schedule, school_zone = found
        zone = ZoneInfo(schedule.time_zone or school_zone)
        try:
            async with uow.session.begin_nested():
                return await _run_due(uow, schedule, zone, moment)
        except Exception as error:
            if database_is_away(error):
                raise
            log.exception("schedule_failed", schedule_id=schedule.id)
            values = {"last_run_at": moment, "last_result": "error"}
            after = _after_failure(schedule, moment, zone)
            await repository.change(uow.session, schedule.id, {**values, "next_run_at": after})
            return 0


def _after_failure(schedule: Schedule, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The next moment; none when it was the expression itself that failed."""
    try:
        return next_moment(schedule.cron_expression, moment, zone)
    except cron.CronFault:
        return None


async def _run_due(uow: UnitOfWork, schedule: Schedule, zone: ZoneInfo, now: datetime) -> int:
    """1. Of all moments missed, one catch-up run for the last. 2. Plan the next. 3. Claim the run.
    4. Somebody ran this moment before: nothing more to do. 5. Queue.
    """
    due_at = cron.last_due(schedule.cron_expression, schedule.next_run_at or now, now, zone)
    after = next_moment(schedule.cron_expression, now, zone)
    await repository.change(uow.session, schedule.id, {"next_run_at": after})
    run_id = await repository.claim_run(uow.session, schedule.id, due_at, by_hand=False)
    if run_id is None:
        return 0
    await run(uow, schedule, run_id, now)
    return 1


def next_moment(expression: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    """When it is due next, in UTC; None when that moment never comes again."""
    return next(iter(cron.upcoming(expression, after, zone, 1)), None)


async def run(uow: UnitOfWork, schedule: Schedule, run_id: int, now: datetime) -> tuple[str, Counts]:
    """Queue what the schedule is for, and write down what became of it: a code of RESULTS and counts."""
    result, counts = await _queue(uow, schedule)
    await repository.end_run(uow.session, run_id, result, counts)
    values = {"last_run_at": now, "last_result": result, "last_counts": counts}
    await repository.change(uow.session, schedule.id, values)
    log.info("schedule_ran", schedule_id=schedule.id, school_id=schedule.school_id, result=result, **counts)
    return result, counts


async def _queue(uow: UnitOfWork, schedule: Schedule) -> tuple[str, Counts]:
    """Queue in the low lane: at night nobody waits for it, and by day others go first."""
    if schedule.evaluation_id is None:
        return "gone", {}
    if await evaluations.state_of(uow.session, schedule.school_id, schedule.evaluation_id) != "open":
        return "closed", {}
    body = BatchBody(priority="low", student_ids=schedule.student_ids)
    batch = await summaries.queue_batch(
        uow, schedule.school_id, schedule.created_by, schedule.evaluation_id, body
    )
    counts = {
        "queued": batch.queued,
        "already_queued": batch.already_queued,
        "up_to_date": batch.up_to_date,
    }
    if batch.queued or batch.already_queued:
        return "queued", counts
    return ("up_to_date" if batch.up_to_date else "nobody"), counts
