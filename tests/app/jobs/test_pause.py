"""A school pauses a lane: none of its jobs start there, also none that come back; other schools go on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.audit.models import AuditEvent
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.jobs import pause as lanes
from app.jobs import service, sweeper
from app.jobs.models import Job
from app.jobs.service import Lease
from app.jobs.sql import reads
from app.jobs.sql.claim import Choice
from app.jobs.states import State
from app.tasks import QUEUES, SUMMARY, job_waits
from tests.support.classes import (
    LANE,
    SchoolClass,
    claim,
    make_class,
    must_claim,
    order,
    pass_time,
    queue,
    stored,
)
from tests.support.eventually import MAX_WAIT_SECONDS
from workers.dispatch import RedisDispatcher

NORMAL = LANE["normal"]


@pytest.fixture
async def some(units: UnitOfWorkFactory) -> SchoolClass:
    """The school that pauses."""
    return await make_class(units, "pauses", 40)


@pytest.fixture
async def other(units: UnitOfWorkFactory) -> SchoolClass:
    """A school that goes on."""
    return await make_class(units, "goes-on", 40)


async def pause(units: UnitOfWorkFactory, some: SchoolClass, lane: int = NORMAL) -> int:
    async with units() as uow:
        return await lanes.pause(uow, some.school_id, lane, some.students[0])


async def resume(units: UnitOfWorkFactory, some: SchoolClass, lane: int = NORMAL) -> int:
    async with units() as uow:
        return await lanes.resume(uow, some.school_id, lane, some.students[0])


async def sweep(units: UnitOfWorkFactory, woken: dict[str, int] | None = None) -> None:
    async with units() as uow:
        await sweeper.sweep(uow, woken)


async def test_only_this_school_in_only_this_lane_stops(
    units: UnitOfWorkFactory, some: SchoolClass, other: SchoolClass
) -> None:
    await queue(units, order(some, some.students[:10]))
    await queue(units, order(some, some.students[10:13], "low"))
    await queue(units, order(other, other.students[:10]))
    assert await pause(units, some) == 10
    await queue(units, order(some, some.students[20:25]))
    await queue(units, order(other, other.students[20:25]))
    started = [(await must_claim(units))[0] for _ in range(18)]
    assert {(job.school_id, job.lane) for job in started[:15]} == {(other.school_id, NORMAL)}
    assert {(job.school_id, job.lane) for job in started[15:]} == {(some.school_id, LANE["low"])}
    assert await claim(units) is None


async def test_what_runs_goes_on_and_what_waits_can_be_cancelled(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    queued = await queue(units, order(some, some.students[:2]))
    running, lease = await must_claim(units)
    await pause(units, some)
    async with units() as uow:
        assert await service.complete(uow, lease) is not None
    (waiting,) = {one.job.id for one in queued.values()} - {running.id}
    async with units() as uow:
        job = await service.cancel(uow, some.school_id, waiting)
    assert (job.state, job.held) == (State.CANCELLED, False)


async def test_a_paused_job_has_no_position(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    queued = await queue(units, order(some, some.students[:1]))
    await pause(units, some)
    async with units() as uow:
        job = await stored(units, queued[some.students[0]].job.id)
        assert job.held
        assert await reads.position(uow.session, job) is None


async def test_nothing_slips_in_while_a_lane_is_being_paused(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    """Without any sweep: every order comes in before or after the pause."""
    orders = [queue(units, order(some, some.students[first : first + 2])) for first in range(0, 40, 2)]
    await asyncio.gather(*orders[:10], pause(units, some), *orders[10:])
    async with units() as uow:
        found = await uow.session.scalars(select(Job.held))
        assert list(found) == [True] * 40


async def _hand_back(uow: UnitOfWork, lease: Lease) -> None:
    await service.hand_back(uow, lease)


async def _fail(uow: UnitOfWork, lease: Lease) -> None:
    await service.fail(uow, lease, "model_slow", retryable=True)


async def _lose(uow: UnitOfWork, lease: Lease) -> None:
    await uow.session.execute(text("UPDATE job SET lease_until = now() - interval '1 second'"))
    await sweeper.sweep(uow, None)


BACK = pytest.mark.parametrize("back", [_hand_back, _fail, _lose], ids=["hand-back", "retry", "lost"])
WayBack = Callable[[UnitOfWork, Lease], Awaitable[None]]


@BACK
async def test_every_way_back_into_a_paused_lane_is_paused(
    units: UnitOfWorkFactory, some: SchoolClass, back: WayBack
) -> None:
    await queue(units, order(some, some.students[:1]))
    job, lease = await must_claim(units)
    await pause(units, some)
    async with units() as uow:
        await back(uow, lease)
    await pass_time(units, timedelta(hours=1))
    await sweep(units)
    back_in_line = await stored(units, job.id)
    assert (back_in_line.state, back_in_line.held, back_in_line.next_retry_at) == (State.QUEUED, True, None)
    assert await claim(units) is None
    assert await resume(units, some) == 1
    assert (await must_claim(units))[0].id == job.id


async def test_a_retry_that_waited_when_the_lane_was_paused_stays_paused(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    await queue(units, order(some, some.students[:1]))
    job, lease = await must_claim(units)
    async with units() as uow:
        await _fail(uow, lease)
    assert await pause(units, some) == 1
    await pass_time(units, timedelta(hours=1))
    await sweep(units)
    assert (await stored(units, job.id)).held
    assert await claim(units) is None


@BACK
async def test_a_job_that_comes_back_during_a_pause_is_passed_over_and_then_paused(
    units: UnitOfWorkFactory, some: SchoolClass, other: SchoolClass, back: WayBack
) -> None:
    """The way back commits between the two statements of the pause, so neither sees the other."""
    await queue(units, order(some, some.students[:1]))
    job, lease = await must_claim(units)
    async with units() as pausing:
        await lanes.pause(pausing, some.school_id, NORMAL, some.students[0])
        async with units() as uow:
            await back(uow, lease)
    missed = await stored(units, job.id)
    assert (missed.state, missed.held) == (State.QUEUED, False)
    await queue(units, order(other, other.students[:1]))
    assert (await must_claim(units))[0].school_id == other.school_id
    assert await claim(units) is None
    await sweep(units)
    assert (await stored(units, job.id)).held


async def test_a_job_that_comes_back_during_a_resume_is_resumed(
    units: UnitOfWorkFactory, some: SchoolClass, dispatcher: RedisDispatcher
) -> None:
    await queue(units, order(some, some.students[:1]))
    job, lease = await must_claim(units)
    await pause(units, some)
    async with units() as resuming:
        await lanes.resume(resuming, some.school_id, NORMAL, some.students[0])
        async with units() as uow:
            await service.hand_back(uow, lease)
    assert (await stored(units, job.id)).held
    before = await dispatcher.waiting(QUEUES["normal"])
    await sweep(units, {QUEUES["normal"]: 0})
    assert await dispatcher.waiting(QUEUES["normal"]) == before + 1
    assert (await must_claim(units))[0].id == job.id


async def test_a_pause_waits_for_nobody_who_changes_a_job(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    queued = await queue(units, order(some, some.students[:2]))
    first = queued[some.students[0]].job.id
    async with units() as uow:
        await uow.session.execute(select(Job).where(Job.id == first).with_for_update())
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            assert await pause(units, some) == 1
    await sweep(units)
    assert (await stored(units, first)).held


async def test_resuming_wakes_workers_and_is_noted_once(
    units: UnitOfWorkFactory, some: SchoolClass, dispatcher: RedisDispatcher
) -> None:
    await pause(units, some)
    await queue(units, order(some, some.students[:5]))
    assert await dispatcher.waiting(QUEUES["normal"]) == 0, "nobody is woken for what may not start"
    assert await pause(units, some) == 0
    assert await resume(units, some) == 5
    assert await dispatcher.waiting(QUEUES["normal"]) == 5
    assert await resume(units, some) == 0
    async with units() as uow:
        rows = await uow.session.execute(
            select(AuditEvent.action, AuditEvent.subject, AuditEvent.actor_id).order_by(AuditEvent.id)
        )
        by = some.students[0]
        assert rows.all() == [("lane.paused", "lane:normal", by), ("lane.resumed", "lane:normal", by)]


async def test_resumed_jobs_stand_before_nobody(
    units: UnitOfWorkFactory, some: SchoolClass, other: SchoolClass
) -> None:
    """Neither by its old ranks nor by its age; and its own order stays."""
    await queue(units, order(some, some.students[:20]))
    await pause(units, some)
    await queue(units, order(other, other.students[:10]))
    for _ in range(10):
        await must_claim(units)
    await pass_time(units, timedelta(hours=1))
    await queue(units, order(other, other.students[10:20]))
    await resume(units, some)
    started = [(await must_claim(units, lift=True))[0] for _ in range(20)]
    mine = [job.student_id for job in started if job.school_id == some.school_id]
    assert 9 <= len(mine) <= 11
    assert mine == list(some.students[: len(mine)])


async def test_a_claim_reads_no_paused_jobs(
    units: UnitOfWorkFactory, some: SchoolClass, other: SchoolClass
) -> None:
    many = await make_class(units, "many", 1500)
    await queue(units, order(some, some.students))
    await queue(units, order(many, many.students))
    await pause(units, many)
    await queue(units, order(other, other.students[:2]))
    async with units() as uow:
        await uow.session.execute(text("ANALYZE job"))
    async with units() as uow:
        before = await _rows_read(uow)
        choice = Choice((SUMMARY,), (0, 2), lift=True)
        job = await service.claim(uow, choice, woken_by=job_waits(SUMMARY, 2), worker="test", lease=30)
        after = await _rows_read(uow)
    assert job is not None
    assert after - before <= 3, "one to choose, one to lock, one to change"


async def _rows_read(uow: UnitOfWork) -> int:
    """Rows of the table that this connection has read, whether by an index or not."""
    statement = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'job'"
    return int(await uow.session.scalar(text(statement)) or 0)
