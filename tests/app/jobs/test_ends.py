"""How attempts end: fenced by the lease, with exact pauses, a limit, and cancels that stay."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.errors import Conflict, NotFound
from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import service, sweeper
from app.jobs.quarantine import Quarantine
from app.jobs.service import Lease
from app.jobs.states import State
from app.summaries import orders
from app.tasks import QUEUES
from tests.support.classes import (
    SchoolClass,
    claim,
    make_class,
    must_claim,
    order,
    pass_time,
    queue,
    stored,
)
from workers.dispatch import RedisDispatcher


@pytest.fixture
async def some(units: UnitOfWorkFactory) -> SchoolClass:
    """A class of three."""
    return await make_class(units, "a", 3)


async def _claimed(units: UnitOfWorkFactory, some: SchoolClass, max_retries: int = 3) -> Lease:
    await queue(units, order(some, some.students[:1], max_retries=max_retries))
    return (await must_claim(units))[1]


async def test_the_owner_of_the_lease_completes(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    lease = await _claimed(units, some)
    async with units() as uow:
        assert await service.complete(uow, lease) is not None
    job = await stored(units, lease.job_id)
    assert (job.state, job.progress, job.lease_token) == (State.COMPLETED, 100, None)
    assert [(entry["attempt"], entry["outcome"]) for entry in job.history] == [(1, "completed")]


@pytest.mark.parametrize("ending", ["complete", "fail", "hand_back"])
async def test_a_stale_twin_changes_nothing(units: UnitOfWorkFactory, some: SchoolClass, ending: str) -> None:
    lease = await _claimed(units, some)
    stale = Lease(lease.job_id, uuid4())
    before = await stored(units, lease.job_id)
    async with units() as uow:
        if ending == "complete":
            moved = await service.complete(uow, stale)
        elif ending == "fail":
            moved = await service.fail(uow, stale, "internal", retryable=True)
        else:
            moved = await service.hand_back(uow, stale)
    assert moved is None
    after = await stored(units, lease.job_id)
    assert (after.state, after.seq, after.lease_token) == (before.state, before.seq, before.lease_token)


async def test_the_retries_come_after_exactly_two_four_and_eight_minutes(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    lease = await _claimed(units, some)
    pauses = []
    for _ in range(3):
        async with units() as uow:
            moved = await service.fail(uow, lease, "model_slow", retryable=True)
            now = await uow.session.scalar(select(func.now()))
        assert moved is not None
        assert moved.state == State.QUEUED
        assert moved.next_retry_at is not None
        assert now is not None
        pauses.append(moved.next_retry_at - now)
        assert await claim(units) is None
        await pass_time(units, pauses[-1])
        async with units() as uow:
            await sweeper.sweep(uow, {})
        lease = (await must_claim(units))[1]
    assert pauses == [timedelta(minutes=minutes) for minutes in (2, 4, 8)]
    async with units() as uow:
        last = await service.fail(uow, lease, "model_slow", retryable=True)
    assert last is not None
    assert (last.state, last.retry_count, last.attempt) == (State.FAILED, 3, 4)
    assert last.error_message == "The language model took too long to answer."


async def test_a_fault_that_no_retry_mends_fails_at_once(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    lease = await _claimed(units, some)
    async with units() as uow:
        moved = await service.fail(uow, lease, "model_setup", retryable=False)
    assert moved is not None
    assert (moved.state, moved.error_code) == (State.FAILED, "model_setup")


async def test_a_hand_back_costs_no_attempt(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    lease = await _claimed(units, some)
    async with units() as uow:
        await service.hand_back(uow, lease)
    job, _ = await must_claim(units)
    assert (job.id, job.attempt, job.retry_count) == (lease.job_id, 1, 0)


async def test_a_worker_that_is_not_heard_of_loses_its_job_to_another(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    lease = await _claimed(units, some)
    async with units() as uow:
        await sweeper.sweep(uow, {})
    assert (await stored(units, lease.job_id)).state == State.PROCESSING
    await pass_time(units, timedelta(seconds=31))
    async with units() as uow:
        await sweeper.sweep(uow, {})
    job, _ = await must_claim(units)
    assert (job.id, job.attempt, job.retry_count) == (lease.job_id, 2, 1)
    async with units() as uow:
        assert await service.complete(uow, lease) is None


async def test_a_job_that_kills_its_worker_fails_at_the_limit(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    lease = await _claimed(units, some, max_retries=1)
    for _ in range(2):
        await pass_time(units, timedelta(seconds=31))
        async with units() as uow:
            await sweeper.sweep(uow, {})
        claimed = await claim(units)
    assert claimed is None
    job = await stored(units, lease.job_id)
    assert (job.state, job.error_code, job.attempt) == (State.FAILED, "worker_lost", 2)
    assert [entry["outcome"] for entry in job.history] == ["lease_lost", "lease_lost"]


async def test_jobs_whose_workers_died_twice_are_kept_apart(
    units: UnitOfWorkFactory, some: SchoolClass
) -> None:
    """All that ran beside a job that crashes its process come back with it; in the end it fails alone."""
    await queue(units, order(some, some.students))
    for losses in (1, 2):
        for _ in some.students:
            assert await claim(units, quarantined=losses < 2) is not None
        await pass_time(units, timedelta(seconds=31))
        async with units() as uow:
            await sweeper.sweep(uow, {})
    assert await claim(units, quarantined=False) is None
    job, _ = await must_claim(units)
    assert (job.losses, job.retry_count) == (2, 2)


def test_a_process_runs_one_quarantined_job_at_a_time() -> None:
    quarantine = Quarantine()
    assert [quarantine.reserve(), quarantine.reserve()] == [True, False]
    quarantine.release()
    assert quarantine.reserve()


async def test_the_sweeper_wakes_for_rows_that_nobody_was_woken_for(
    units: UnitOfWorkFactory, some: SchoolClass, dispatcher: RedisDispatcher
) -> None:
    await queue(units, order(some, some.students))
    async with units() as uow:
        await sweeper.sweep(uow, dict.fromkeys(QUEUES.values(), 0))
    assert await dispatcher.waiting(QUEUES["normal"]) == 6
    async with units() as uow:
        await sweeper.sweep(uow, {QUEUES["normal"]: 6})
    assert await dispatcher.waiting(QUEUES["normal"]) == 6


async def test_one_sweeper_at_a_time(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    lease = await _claimed(units, some)
    await pass_time(units, timedelta(seconds=31))
    async with units() as holder:
        await sweeper.sweep(holder, {})
        async with units() as other:
            await sweeper.sweep(other, {})
    job = await stored(units, lease.job_id)
    assert (job.state, job.retry_count) == (State.QUEUED, 1)


async def test_cancel_is_final(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    lease = await _claimed(units, some)
    async with units() as uow:
        job = await service.cancel(uow, some.school_id, lease.job_id)
    assert (job.state, job.lease_token) == (State.CANCELLED, None)
    async with units() as uow:
        assert await service.complete(uow, lease) is None
        assert await service.fail(uow, lease, "internal", retryable=True) is None
        assert await service.hand_back(uow, lease) is None
    await pass_time(units, timedelta(hours=1))
    async with units() as uow:
        await sweeper.sweep(uow, {})
    assert (await stored(units, lease.job_id)).state == State.CANCELLED
    async with units() as uow:
        with pytest.raises(Conflict, match="already cancelled"):
            await service.cancel(uow, some.school_id, lease.job_id)


async def test_another_school_cannot_cancel(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    lease = await _claimed(units, some)
    async with units() as uow:
        with pytest.raises(NotFound):
            await service.cancel(uow, some.school_id + 1, lease.job_id)
    assert (await stored(units, lease.job_id)).state == State.PROCESSING


async def test_a_cancelled_class_leaves_nothing_to_claim(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    await queue(units, order(some, some.students))
    await must_claim(units)
    async with units() as uow:
        assert await service.cancel_evaluation(uow, some.school_id, some.evaluation_id) == 3
    assert await claim(units) is None


async def test_a_retry_by_hand_is_a_new_job(units: UnitOfWorkFactory, some: SchoolClass) -> None:
    lease = await _claimed(units, some)
    async with units() as uow:
        with pytest.raises(Conflict, match="still processing"):
            await service.order_again(uow.session, some.school_id, lease.job_id, some.students[0])
        await service.fail(uow, lease, "model_setup", retryable=False)
    async with units() as uow:
        again = await orders.queue_again(uow, some.school_id, lease.job_id, some.students[0])
    assert again.id != lease.job_id
    assert again.student_id == some.students[0]
    assert (await stored(units, lease.job_id)).state == State.FAILED
