"""The minute tick on a real database: one run for each time, catching up, and results that say why."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.unit_of_work import UnitOfWorkFactory
from app.evaluations.models import Evaluation, FeedbackEntry, Participant
from app.jobs.models import Job
from app.scheduling import cron
from app.scheduling.models import Schedule, ScheduleRun
from app.scheduling.tick import tick
from app.settings import Settings
from app.summaries.models import Summary
from tests.support.classes import SchoolClass, count_states, make_class
from tests.support.web import open_units

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


@pytest.fixture
async def units(settings: Settings) -> AsyncIterator[UnitOfWorkFactory]:
    """Units of work on a new database."""
    async with open_units(settings) as opened:
        yield opened


@pytest.fixture
async def some(units: UnitOfWorkFactory) -> SchoolClass:
    """A class of three."""
    return await make_class(units, "a", 3)


async def plan(units: UnitOfWorkFactory, some: SchoolClass, expression: str, first: datetime) -> int:
    """Add a schedule of this evaluation that is due at `first`, and return its id."""
    values = {
        "school_id": some.school_id,
        "evaluation_id": some.evaluation_id,
        "name": "Test",
        "cron_expression": expression,
        "next_run_at": first,
    }
    async with units() as uow:
        return (
            await uow.session.execute(insert(Schedule).values(values).returning(Schedule.id))
        ).scalar_one()


async def read(units: UnitOfWorkFactory, schedule_id: int) -> Schedule:
    """The schedule as it is now."""
    async with units() as uow:
        return (await uow.session.execute(select(Schedule).where(Schedule.id == schedule_id))).scalar_one()


async def runs(units: UnitOfWorkFactory) -> list[datetime]:
    """The due times of all runs, in order."""
    async with units() as uow:
        return list(await uow.session.scalars(select(ScheduleRun.due_at).order_by(ScheduleRun.due_at)))


async def test_a_due_schedule_queues_its_class_in_the_low_lane(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    schedule_id = await plan(units, some, "0 2 * * *", START)
    assert await tick(units, START - timedelta(seconds=1)) == 0
    assert await tick(units, START) == 1
    async with units() as uow:
        assert list(await uow.session.scalars(select(Job.lane))) == [2, 2, 2]
    schedule = await read(units, schedule_id)
    assert (schedule.last_result, schedule.last_counts["queued"]) == ("queued", 3)
    assert schedule.next_run_at == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


async def test_ten_ticks_at_once_run_it_once(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    await plan(units, some, "* * * * *", START)
    assert sum(await asyncio.gather(*(tick(units, START) for _ in range(10)))) == 1
    assert await runs(units) == [START]


async def test_after_three_hours_away_there_is_one_run_for_the_last_time(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    schedule_id = await plan(units, some, "*/5 * * * *", START)
    now = START + timedelta(hours=3, seconds=20)
    assert await tick(units, now) == 1
    assert await runs(units) == [START + timedelta(hours=3)]
    assert (await read(units, schedule_id)).next_run_at == START + timedelta(hours=3, minutes=5)


async def test_a_time_that_was_run_is_not_run_again(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    schedule_id = await plan(units, some, "* * * * *", START)
    await tick(units, START)
    async with units() as uow:
        await uow.session.execute(update(Schedule).values(next_run_at=START))
    assert await tick(units, START) == 0
    assert (await read(units, schedule_id)).next_run_at == START + timedelta(minutes=1)


@pytest.mark.parametrize("why", ["gone", "closed", "nobody", "up_to_date"])
async def test_nothing_is_queued_without_need_and_the_result_says_why(
    units: UnitOfWorkFactory, some: SchoolClass, why: str
) -> None:
    schedule_id = await plan(units, some, "* * * * *", START)
    async with units() as uow:
        if why == "gone":
            await uow.session.execute(delete(Evaluation))
        elif why == "closed":
            await uow.session.execute(update(Evaluation).values(state="closed"))
        elif why == "nobody":
            await uow.session.execute(delete(FeedbackEntry))
            await uow.session.execute(update(Participant).values(feedback_count=0))
        else:
            await _store_fresh_summaries(uow.session, some)
    before = await count_states(units)
    await tick(units, START)
    assert (await read(units, schedule_id)).last_result == why
    assert await count_states(units) == before


async def _store_fresh_summaries(session: AsyncSession, some: SchoolClass) -> None:
    for student in some.students:
        student_key = {
            "evaluation_id": some.evaluation_id,
            "student_id": student,
            "school_id": some.school_id,
        }
        about = {"task": "summary", "subject_key": f"{some.evaluation_id}:{student}"}
        job = {"id": f"done-{student}", "lane": 1, "rank": 1, "state": "completed", "completed_at": START}
        await session.execute(insert(Job).values(student_key | about | job))
        stored = {"job_id": job["id"], "locale": "nl", "method": "ai", "input_hash": b"", "revision": 1}
        counts = {"comments_used": 2, "comments_total": 2}
        await session.execute(insert(Summary).values(student_key | stored | counts))


async def test_a_schedule_that_fails_does_not_stop_the_others(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    broken = await plan(units, some, "no expression", START - timedelta(minutes=1))
    await plan(units, some, "* * * * *", START)
    assert await tick(units, START) == 1
    schedule = await read(units, broken)
    assert (schedule.last_result, schedule.next_run_at) == ("error", None)
    assert await runs(units) == [START]


EACH_HOUR = ["2026-03-28T23:30", *(f"2026-03-29T0{hour}:30" for hour in range(6))]

NIGHTS = [
    # From 2 to 3 o'clock half past two runs at three; from 3 back to 2 it runs at the first half past two.
    ("Europe/Amsterdam", "30 2 * * *", "2026-03-28T22:00", ["2026-03-29T01:00"]),
    ("Europe/Amsterdam", "30 2 * * *", "2026-10-24T22:00", ["2026-10-25T00:30"]),
    ("America/New_York", "30 2 * * *", "2026-03-08T03:00", ["2026-03-08T07:00"]),
    ("America/New_York", "30 1 * * *", "2026-11-01T03:00", ["2026-11-01T05:30"]),
    # An hourly schedule runs in each hour that passes.
    ("Europe/Amsterdam", "30 * * * *", "2026-03-28T22:40", EACH_HOUR),
]


@pytest.mark.parametrize(("zone", "expression", "evening", "due"), NIGHTS)
async def test_a_night_in_which_the_clock_changes(
    units: UnitOfWorkFactory, some: SchoolClass, zone: str, expression: str, evening: str, due: list[str]
) -> None:
    """Two schedulers tick every ten minutes of the night."""
    begin = datetime.fromisoformat(evening).replace(tzinfo=UTC)
    async with units() as uow:
        await uow.session.execute(update(Evaluation).values(state="closed"))
    first = cron.upcoming(expression, begin, ZoneInfo(zone), 1)[0]
    schedule_id = await plan(units, some, expression, first)
    async with units() as uow:
        await uow.session.execute(update(Schedule).where(Schedule.id == schedule_id).values(time_zone=zone))
    for step in range(42):
        now = begin + timedelta(minutes=10 * step)
        await asyncio.gather(tick(units, now), tick(units, now))
    assert [time.strftime("%Y-%m-%dT%H:%M") for time in await runs(units)] == due


@pytest.mark.parametrize("written", ["0 0 * * 0", "0 0 * * sun", "@weekly"])
async def test_a_schedule_runs_on_sunday(units: UnitOfWorkFactory, some: SchoolClass, written: str) -> None:
    """Nine days from a Monday: one Sunday, at midnight in Amsterdam."""
    expression = cron.parse(written)
    await plan(units, some, expression, cron.upcoming(expression, START, ZoneInfo("Europe/Amsterdam"), 1)[0])
    for step in range(9 * 4):
        await tick(units, START + timedelta(hours=6 * step))
    assert await runs(units) == [datetime(2026, 11, 28, 23, 0, tzinfo=UTC)]


async def test_ten_thousand_minutes_under_two_schedulers_with_restarts(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    """In each minute of a week no scheduler, one, or both tick."""
    chance = random.Random(20261123)
    async with units() as uow:
        await uow.session.execute(update(Evaluation).values(state="closed"))
    await plan(units, some, "*/20 * * * *", START)
    down_until, expected = START, set()
    pending: datetime | None = None
    for minute in range(10_000):
        now = START + timedelta(minutes=minute, seconds=chance.randrange(60))
        if minute % 20 == 0:
            pending = now.replace(second=0)
        if chance.random() < 0.002:
            down_until = now + timedelta(minutes=chance.randrange(1, 60))
        if now < down_until or chance.random() < 0.02:
            continue
        if pending is None and chance.random() < 0.97:
            continue
        if pending is not None:
            expected.add(pending)
            pending = None
        await asyncio.gather(*(tick(units, now) for _ in range(chance.choice((1, 2, 2)))))
    assert set(await runs(units)) == expected
    async with units() as uow:
        count = (await uow.session.execute(select(func.count()).select_from(ScheduleRun))).scalar_one()
    assert count == len(expected) > 400
