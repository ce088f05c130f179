"""Deliveries are stored in the transaction that ends a job, on every path, once for each receiver."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.jobs import service as jobs
from app.jobs.outbox import publish_ended
from app.jobs.service import Lease
from app.jobs.sweeper import sweep
from app.webhooks import repository
from app.webhooks.models import Delivery
from tests.app.webhooks.conftest import Scene
from tests.support.classes import make_class, must_claim, order, pass_time, queue
from tests.support.school import counted_statements

RESULT = {"summary_text": "Je was op tijd.", "generation_method": "ai", "feedback_count": 2}


async def complete(uow: UnitOfWork, lease: Lease) -> None:
    """End the attempt as a handler does that has made a document."""
    completion = await jobs.complete_unpublished(uow, lease)
    assert completion is not None
    if completion.listened_for:
        await publish_ended(uow, [completion.job], RESULT)


async def end(units: UnitOfWorkFactory, how: str, scene: Scene) -> Lease:
    """Queue a job with a webhook address, and end it; `how` is that of the test below."""
    wanted = order(scene.some, scene.some.students[:1], max_retries=0)
    await queue(units, replace(wanted, webhook_url="https://job.invalid/"))
    _, lease = await must_claim(units)
    if how == "swept":
        await pass_time(units, timedelta(minutes=1))
    async with units() as uow:
        if how == "completed":
            await complete(uow, lease)
        elif how == "failed":
            await jobs.fail(uow, lease, "model_slow", retryable=True)
        elif how == "cancelled":
            await jobs.cancel(uow, scene.some.school_id, lease.job_id)
        elif how == "class":
            await jobs.cancel_evaluation(uow, scene.some.school_id, scene.some.evaluation_id)
        else:
            await sweep(uow, None)
    return lease


@pytest.mark.parametrize(
    ("how", "event"),
    [
        ("completed", "job.completed"),
        ("failed", "job.failed"),
        ("swept", "job.failed"),
        ("cancelled", "job.cancelled"),
        ("class", "job.cancelled"),
    ],
)
async def test_every_end_of_a_job_makes_one_delivery_for_each_receiver(
    scene: Scene, how: str, event: str
) -> None:
    chosen = await scene.endpoint([event])
    await scene.endpoint([name for name in ("job.completed", "job.failed") if name != event])
    lease = await end(scene.units, how, scene)
    found = await scene.deliveries()
    assert {(one.endpoint_id, one.event, one.url) for one in found} == {
        (chosen, event, scene.receiver.url),
        (None, event, "https://job.invalid/"),
    }
    by_endpoint = {one.endpoint_id: one.body["data"] for one in found}
    facts = {
        "job_id": lease.job_id,
        "status": event.removeprefix("job."),
        "student_id": scene.some.students[0],
        "evaluation_id": scene.some.evaluation_id,
    }
    assert by_endpoint[None] == facts | {"result": None}, "the address that came with a job gets no text"
    assert by_endpoint[chosen] == facts | {"result": RESULT if how == "completed" else None}


async def test_a_receiver_that_is_added_just_before_the_end_gets_a_delivery(scene: Scene) -> None:
    await queue(scene.units, order(scene.some, scene.some.students[:1]))
    _, lease = await must_claim(scene.units)
    async with scene.units() as uow:
        await uow.session.execute(select(1))
        made = await scene.endpoint(["job.completed"])
        await complete(uow, lease)
    assert [(one.endpoint_id, one.body["data"]["result"]) for one in await scene.deliveries()] == [
        (made, RESULT)
    ]


async def test_without_receivers_the_end_of_a_job_is_one_statement(scene: Scene) -> None:
    """A disabled receiver and another school's do not count."""
    other = await make_class(scene.units, "b", 3)
    await scene.endpoint(school_id=other.school_id)
    gone = await scene.endpoint()
    async with scene.units() as uow:
        await repository.disable(uow.session, gone, "by_hand")
    await queue(scene.units, order(scene.some, scene.some.students[:1]))
    _, lease = await must_claim(scene.units)
    with counted_statements() as sent:
        async with scene.units() as uow:
            await complete(uow, lease)
    assert await scene.deliveries() == []
    assert len(sent) == 1


async def test_the_address_of_a_job_gets_a_delivery_without_any_receiver(scene: Scene) -> None:
    await end(scene.units, "completed", scene)
    assert [(one.endpoint_id, one.url) for one in await scene.deliveries()] == [
        (None, "https://job.invalid/")
    ]


async def test_a_rolled_back_end_stores_no_delivery(scene: Scene) -> None:
    await scene.endpoint()
    await queue(scene.units, order(scene.some, scene.some.students[:1]))
    _, lease = await must_claim(scene.units)
    with contextlib.suppress(RuntimeError):
        async with scene.units() as uow:
            await jobs.complete(uow, lease)
            raise RuntimeError("rolled back")
    assert await scene.deliveries() == []


async def test_an_attempt_that_is_retried_makes_no_delivery(scene: Scene) -> None:
    await scene.endpoint()
    await queue(scene.units, order(scene.some, scene.some.students[:1]))
    _, lease = await must_claim(scene.units)
    async with scene.units() as uow:
        await jobs.fail(uow, lease, "model_slow", retryable=True)
    assert await scene.deliveries() == []


async def last_jobs(scene: Scene) -> list[str]:
    """The job of each `batch.completed`: the last that ended."""
    return [one.job_id or "" for one in await scene.deliveries() if one.event == "batch.completed"]


async def test_a_batch_has_one_event_however_it_ends(scene: Scene) -> None:
    """One job completes, one is retried, the rest is cancelled. The event comes once, at the end."""
    await scene.endpoint(["batch.completed"])
    await queue(scene.units, order(scene.some, scene.some.students))
    _, first = await must_claim(scene.units)
    _, second = await must_claim(scene.units)
    async with scene.units() as uow:
        await jobs.complete(uow, first)
    async with scene.units() as uow:
        await jobs.fail(uow, second, "model_slow", retryable=True)
    assert await last_jobs(scene) == [], "one is retried, one waits"
    async with scene.units() as uow:
        await jobs.cancel_evaluation(uow, scene.some.school_id, scene.some.evaluation_id)
    assert len(await last_jobs(scene)) == 1
    async with scene.units() as uow:
        await jobs.cancel_evaluation(uow, scene.some.school_id, scene.some.evaluation_id)
        await sweep(uow, None)
    assert len(await last_jobs(scene)) == 1, "nothing was left to end"
    await queue(scene.units, order(scene.some, scene.some.students[:1]))
    _, last = await must_claim(scene.units)
    async with scene.units() as uow:
        assert await jobs.complete(uow, last)
    async with scene.units() as uow:
        assert not await jobs.complete(uow, last), "a job ends once"
    assert (await last_jobs(scene))[1:] == [last.job_id]


async def test_a_batch_has_one_event_when_its_last_jobs_end_at_the_same_moment(scene: Scene) -> None:
    await scene.endpoint(["batch.completed"])
    for _ in range(5):
        await queue(scene.units, order(scene.some, scene.some.students))
        leases = [(await must_claim(scene.units))[1] for _ in scene.some.students]
        together = asyncio.Barrier(len(leases))

        async def finish(lease: Lease, together: asyncio.Barrier = together) -> None:
            async with scene.units() as uow:
                await uow.session.connection()
                await together.wait()
                await jobs.complete(uow, lease)

        await asyncio.gather(*(finish(lease) for lease in leases))
    found: list[Delivery] = await scene.deliveries()
    assert [one.event for one in found] == ["batch.completed"] * 5
    assert found[0].body["data"]["evaluation_id"] == scene.some.evaluation_id
