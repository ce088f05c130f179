"""How jobs come in: one unfinished job for each student, in an order in which schools alternate."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import service
from app.tasks import QUEUES
from tests.support.classes import (
    LANE,
    claim,
    count_states,
    make_class,
    must_claim,
    order,
    pass_time,
    queue,
)
from workers.dispatch import RedisDispatcher


async def test_fifty_orders_at_once_make_one_job(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 3)
    answers = await asyncio.gather(*(queue(units, order(some, some.students[:1])) for _ in range(50)))
    jobs = {answer[some.students[0]].job.id for answer in answers}
    assert len(jobs) == 1
    assert sum(answer[some.students[0]].created for answer in answers) == 1
    assert await count_states(units) == {"queued": 1}


async def test_a_batch_sent_twice_at_once_is_one_batch(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 30)
    first, second = await asyncio.gather(
        queue(units, order(some, some.students, "high")),
        queue(units, order(some, some.students[::-1], "low")),
    )
    assert await count_states(units) == {"queued": 30}
    assert {one.job.id for one in first.values()} == {one.job.id for one in second.values()}
    assert sum(one.created for one in (*first.values(), *second.values())) == 30


async def test_every_new_job_gets_one_wake_up_in_its_lane(
    units: UnitOfWorkFactory, dispatcher: RedisDispatcher
) -> None:
    some = await make_class(units, "a", 10)
    await queue(units, order(some, some.students[:7], "low"))
    await queue(units, order(some, some.students, "high"))
    assert await dispatcher.waiting(QUEUES["low"]) == 7
    assert await dispatcher.waiting(QUEUES["high"]) == 3


async def test_ten_urgent_jobs_run_before_two_hundred_that_waited(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 210)
    await queue(units, order(some, some.students[:200], "low"))
    await queue(units, order(some, some.students[200:], "high"))
    claimed = [(await must_claim(units))[0].lane for _ in range(11)]
    assert claimed == [LANE["high"]] * 10 + [LANE["low"]]


async def test_a_process_takes_only_its_own_lanes(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 2)
    await queue(units, order(some, some.students, "low"))
    assert await claim(units, lanes=(0, 1)) is None


async def test_the_second_school_does_not_wait_for_the_first(units: UnitOfWorkFactory) -> None:
    large, small = await make_class(units, "large", 500), await make_class(units, "small", 3)
    await queue(units, order(large, large.students))
    for _ in range(4):
        await must_claim(units)
    await queue(units, order(small, small.students[:1]))
    next_two = [(await must_claim(units))[0].school_id for _ in range(2)]
    assert small.school_id in next_two


async def test_schools_alternate_whatever_each_has_queued(units: UnitOfWorkFactory) -> None:
    large, small = await make_class(units, "large", 40), await make_class(units, "small", 10)
    await queue(units, order(large, large.students))
    await queue(units, order(small, small.students))
    first = [(await must_claim(units))[0].school_id for _ in range(20)]
    assert first.count(small.school_id) == 10
    assert max(len(run) for run in _runs(first)) <= 2


async def test_yesterdays_work_is_not_held_against_a_school(units: UnitOfWorkFactory) -> None:
    busy, quiet = await make_class(units, "busy", 60), await make_class(units, "quiet", 30)
    await queue(units, order(busy, busy.students[:30]))
    for _ in range(30):
        await must_claim(units)
    await queue(units, order(quiet, quiet.students))
    await queue(units, order(busy, busy.students[30:]))
    first = [(await must_claim(units))[0].school_id for _ in range(10)]
    assert 4 <= first.count(busy.school_id) <= 6


async def test_a_job_that_waits_for_its_retry_gives_newcomers_no_head_start(units: UnitOfWorkFactory) -> None:
    early, late = await make_class(units, "early", 50), await make_class(units, "late", 10)
    await queue(units, order(early, early.students))
    _, lease = await must_claim(units)
    async with units() as uow:
        await service.fail(uow, lease, "model_slow", retryable=True)
    for _ in range(29):
        await must_claim(units)
    await queue(units, order(late, late.students))
    first = [(await must_claim(units))[0].school_id for _ in range(10)]
    assert 4 <= first.count(late.school_id) <= 6


async def test_a_low_job_of_ten_minutes_gets_its_turn_under_steady_urgent_load(
    units: UnitOfWorkFactory,
) -> None:
    some = await make_class(units, "a", 12)
    await queue(units, order(some, some.students[:2], "low"))
    await pass_time(units, timedelta(minutes=10, seconds=1))
    await queue(units, order(some, some.students[2:], "high"))
    assert (await must_claim(units, lift=False))[0].lane == LANE["high"]
    assert (await must_claim(units, lift=True))[0].lane == LANE["low"]


async def test_a_long_queue_is_not_lifted_over_another_school(units: UnitOfWorkFactory) -> None:
    """The old jobs are all of one school; another's new one in the same lane is among the next two."""
    large, small = await make_class(units, "a", 20), await make_class(units, "b", 3)
    await queue(units, order(large, large.students))
    await pass_time(units, timedelta(minutes=11))
    await queue(units, order(small, small.students[:1]))
    next_two = [(await must_claim(units, lift=lift))[0].school_id for lift in (True, True)]
    assert small.school_id in next_two


async def test_a_young_low_job_is_not_lifted(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 2)
    await queue(units, order(some, some.students[:1], "low"))
    await pass_time(units, timedelta(minutes=9))
    await queue(units, order(some, some.students, "high"))
    assert (await must_claim(units, lift=True))[0].lane == LANE["high"]


async def test_a_wake_up_spent_on_a_more_urgent_job_is_sent_on(
    units: UnitOfWorkFactory, dispatcher: RedisDispatcher
) -> None:
    some = await make_class(units, "a", 2)
    await queue(units, order(some, some.students[:1], "low"))
    await queue(units, order(some, some.students, "high"))
    before = await dispatcher.waiting(QUEUES["low"])
    await claim(units, woken_lane=LANE["low"])
    assert await dispatcher.waiting(QUEUES["low"]) == before + 1


async def test_many_claims_at_once_take_each_job_once(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 20)
    await queue(units, order(some, some.students))
    claimed = [one for one in await asyncio.gather(*(claim(units) for _ in range(30))) if one is not None]
    assert len(claimed) == 20
    assert len({job.id for job, _ in claimed}) == 20


def _runs(values: Sequence[int | None]) -> list[list[int | None]]:
    runs: list[list[int | None]] = []
    for value in values:
        if runs and runs[-1][0] == value:
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs
