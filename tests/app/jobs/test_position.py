"""The position in line that a student reads, against the order in which jobs are really claimed."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import pause, service
from app.jobs.models import Job
from app.jobs.position import Line, Pace, position_in, seconds_until_done
from app.jobs.sql import reads, workers
from tests.support.classes import LANE, SchoolClass, claim, make_class, must_claim, order, pass_time, queue

AGED = timedelta(minutes=11)
COUNTS = st.integers(0, 500)


async def positions(units: UnitOfWorkFactory) -> dict[str, int | None]:
    """The position that each waiting job has now."""
    async with units() as uow:
        waiting = list(await uow.session.scalars(select(Job).where(Job.state == "queued")))
        return {job.id: await reads.position(uow.session, job) for job in waiting}


async def claimed(units: UnitOfWorkFactory, lifts: Sequence[bool]) -> dict[str, int]:
    """Claim all, with and without lifting in turn; returns the position that each turned out to have."""
    found: dict[str, int] = {}
    while (got := await claim(units, lift=lifts[len(found) % len(lifts)])) is not None:
        found[got[0].id] = len(found) + 1
    return found


async def fill(units: UnitOfWorkFactory, some: SchoolClass, **counts: int) -> None:
    """Queue the next students of a class, so many in each lane."""
    async with units() as uow:
        taken = set(await uow.session.scalars(select(Job.student_id)))
    free = [student for student in some.students if student not in taken]
    for lane, count in counts.items():
        await queue(units, order(some, tuple(free[:count]), lane))
        del free[:count]


async def test_without_aged_jobs_the_position_is_exact(
    units: UnitOfWorkFactory,
) -> None:
    large, small = await make_class(units, "large", 30), await make_class(units, "small", 12)
    await fill(units, large, low=5, normal=15)
    await fill(units, small, normal=5, high=3)
    await fill(units, large, high=2)
    expected = await positions(units)
    assert await claimed(units, [False, True]) == expected


@pytest.mark.parametrize("lifts", [[False, True], [True, False]], ids=["urgent-first", "lift-first"])
async def test_with_aged_jobs_nobody_waits_longer_than_shown_but_for_one(
    units: UnitOfWorkFactory, lifts: list[bool]
) -> None:
    large, small = await make_class(units, "large", 40), await make_class(units, "small", 20)
    await fill(units, large, low=8, normal=6)
    await fill(units, small, low=4)
    await pass_time(units, AGED)
    await fill(units, small, normal=5, low=3)
    await fill(units, large, high=10, normal=4)
    expected = await positions(units)
    really = await claimed(units, lifts)
    assert really.keys() == expected.keys()
    late = {job: (really[job], expected[job]) for job in really if really[job] > (expected[job] or 0) + 1}
    assert late == {}
    early = [really[job] for job in really if (expected[job] or 0) > 2 * really[job] + 1]
    assert early == [], "and nobody is shown a position that is far too bad"


async def test_the_position_of_an_aged_job_does_not_count_very_many_urgent_ones(
    units: UnitOfWorkFactory,
) -> None:
    some = await make_class(units, "a", 60)
    await fill(units, some, low=1)
    await pass_time(units, AGED)
    await fill(units, some, high=50)
    async with units() as uow:
        low = (await uow.session.scalars(select(Job).where(Job.lane == LANE["low"]))).one()
        assert await reads.position(uow.session, low) == 2


async def test_jobs_that_other_schools_have_paused_are_not_counted(units: UnitOfWorkFactory) -> None:
    paused, other = await make_class(units, "paused", 20), await make_class(units, "other", 2)
    await fill(units, paused, normal=20)
    await fill(units, other, normal=2)
    async with units() as uow:
        await pause.pause(uow, paused.school_id, LANE["normal"], paused.students[0])
    assert sorted(found for found in (await positions(units)).values() if found) == [1, 2]


@given(COUNTS, COUNTS, st.none() | COUNTS)
def test_a_position_never_stands_before_what_is_certainly_first(
    ahead: int, overtaking: int, by_lifts: int | None
) -> None:
    found = position_in(Line(ahead, overtaking, by_lifts))
    assert 1 <= found <= 2 * ahead + 1
    if by_lifts is None:
        assert found >= ahead + 1
    else:
        assert found <= 2 * (by_lifts + 1)


@given(st.integers(1, 1000), st.floats(0.1, 600), st.integers(0, 64), st.integers(1, 64))
def test_a_later_position_never_takes_less_time(
    position: int, run_seconds: float, running: int, slots: int
) -> None:
    pace = Pace(run_seconds, running, slots)
    here, next_one = seconds_until_done(position, pace), seconds_until_done(position + 1, pace)
    assert here is not None
    assert next_one is not None
    assert run_seconds <= here <= next_one


def test_the_time_of_a_position() -> None:
    assert seconds_until_done(1, Pace(20, running=0, slots=16)) == 20, "it starts at once"
    assert seconds_until_done(16, Pace(20, running=0, slots=16)) == 20
    assert seconds_until_done(17, Pace(20, running=0, slots=16)) == 40
    assert seconds_until_done(1, Pace(20, running=16, slots=16)) == 40
    assert seconds_until_done(33, Pace(20, running=16, slots=16)) == 80
    assert seconds_until_done(1, Pace(20, running=0, slots=0)) is None, "nobody is at work"


async def test_the_pace_counts_the_threads_of_the_workers_that_are_there(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 3)
    await fill(units, some, normal=2)
    _, lease = await must_claim(units)
    async with units() as uow:
        assert await reads.pace(uow.session) is None, "nothing has run yet"
        await service.complete(uow, lease)
        began = update(Job).where(Job.state == "completed").values(started_at=Job.created_at)
        await uow.session.execute(began)
        await workers.beat(uow.session, "one", ("high", "normal"), 0, model_reachable=True, threads=16)
        await workers.beat(uow.session, "two", ("low",), 0, model_reachable=True, threads=4)
    await must_claim(units)
    async with units() as uow:
        pace = await reads.pace(uow.session)
    assert pace is not None
    assert (pace.running, pace.slots, pace.side_by_side) == (1, 20, 20)
