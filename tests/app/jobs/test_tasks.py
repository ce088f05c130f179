"""Jobs of another kind than summaries: of no school, found by their key, claimed by those who can do them."""

import asyncio

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from app.core.events import school_channel
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import pause, service, sweeper
from app.jobs.handlers import Handler, Tools, handler_class
from app.jobs.models import Job
from app.jobs.service import Order, Subject
from app.jobs.sql import reads
from app.jobs.states import State
from app.settings import LANES, Settings
from app.summaries.orders import subject_keys
from app.tasks import QUEUES, SUMMARY, TASKS, TaskType, WakeUp
from app.webhooks.models import Delivery, Endpoint
from tests.support.classes import LANE, claim, make_class, must_claim, order, queue, stored
from tests.support.errands import ERRAND, errands, queue_errands
from workers.dispatch import RedisDispatcher

__all__ = ["errands"]

BOTH = (SUMMARY, ERRAND.name)


@pytest.mark.parametrize("task", TASKS.values(), ids=str)
def test_every_task_of_the_catalogue_has_a_handler(task: TaskType, settings: Settings) -> None:
    class NoSessions:
        """Not opened by anybody."""

    tools = Tools(settings, NoSessions, NoSessions())  # type: ignore[arg-type]
    handler = handler_class(task)(tools)
    assert isinstance(handler, Handler)
    assert asyncio.iscoroutinefunction(handler.attempt)


def test_names_and_queues_fit_where_they_are_stored_and_belong_to_one_task() -> None:
    assert all(name == task.name and name.isidentifier() and len(name) <= 20 for name, task in TASKS.items())
    queues = [queue for task in TASKS.values() for queue in task.queues.values()]
    assert len(queues) == len(set(queues)) == len(LANES) * len(TASKS)


def test_the_queues_of_summaries_are_those_of_the_contract() -> None:
    assert QUEUES == {"high": "ai-summaries-high", "normal": "ai-summaries", "low": "ai-summaries-low"}


@pytest.mark.usefixtures("errands")
async def test_one_unfinished_job_for_each_subject_of_each_task(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 2)
    (key,) = subject_keys(some.evaluation_id, some.students[:1])
    await queue(units, order(some, some.students[:1]))
    answers = await asyncio.gather(*(queue_errands(units, [key, "other"]) for _ in range(10)))
    assert len({answer[key].job.id for answer in answers}) == 1
    assert sum(answer[key].created for answer in answers) == 1
    async with units() as uow:
        rows = await uow.session.execute(select(Job.task, func.count()).group_by(Job.task))
        assert dict(rows.all()) == {SUMMARY: 1, ERRAND.name: 2}
        found = await reads.unfinished(uow.session, SUMMARY, [key])
        assert [job.student_id for job in found.values()] == [some.students[0]]


@pytest.mark.usefixtures("errands")
async def test_a_summary_needs_its_student_and_the_key_that_says_so(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 2, comments=1)
    student = some.students[0]
    (key,) = subject_keys(some.evaluation_id, [student])
    for subject, school in (
        (Subject(key, some.evaluation_id, student), None),
        (Subject(key, some.evaluation_id), some.school_id),
        (Subject("another", some.evaluation_id, student), some.school_id),
    ):
        with pytest.raises(IntegrityError, match="ck_job_summary"):
            async with units() as uow:
                await service.queue(uow, Order(SUMMARY, [subject], lane=1, school_id=school))


@pytest.mark.usefixtures("errands")
async def test_a_process_claims_only_what_it_has_a_handler_for(units: UnitOfWorkFactory) -> None:
    await queue_errands(units, ["one"], LANE["high"])
    some = await make_class(units, "a", 2, comments=1)
    await queue(units, order(some, some.students[:1], "low"))
    assert (await must_claim(units))[0].task == SUMMARY
    assert await claim(units) is None
    claimed = await claim(units, tasks=BOTH)
    assert claimed is not None
    assert claimed[0].task == ERRAND.name


@pytest.mark.usefixtures("errands")
async def test_jobs_without_a_school_take_turns_with_schools(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 30, comments=1)
    await queue(units, order(some, some.students[:20]))
    await queue_errands(units, [f"first {number}" for number in range(10)])
    await queue_errands(units, [f"second {number}" for number in range(10)])
    claimed = [await claim(units, tasks=BOTH) for _ in range(20)]
    tasks = [one[0].task for one in claimed if one is not None]
    assert tasks.count(ERRAND.name) == 10
    assert all(set(tasks[pair : pair + 2]) == set(BOTH) for pair in range(0, 20, 2))


@pytest.mark.usefixtures("errands")
async def test_a_school_that_pauses_its_lane_stops_no_errand(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 2, comments=1)
    await queue(units, order(some, some.students))
    await queue_errands(units, ["one"])
    async with units() as uow:
        await pause.pause(uow, some.school_id, LANE["normal"], some.students[0])
        await sweeper.sweep(uow, {})
    claimed = await claim(units, tasks=BOTH)
    assert claimed is not None
    assert claimed[0].task == ERRAND.name
    assert await claim(units, tasks=BOTH) is None


@pytest.mark.usefixtures("errands")
async def test_wake_ups_are_counted_and_sent_for_each_task_by_itself(
    units: UnitOfWorkFactory, dispatcher: RedisDispatcher
) -> None:
    some = await make_class(units, "a", 3, comments=1)
    await queue(units, order(some, some.students))
    await queue_errands(units, ["one", "two"], LANE["low"])
    assert await dispatcher.waiting("errands-low") == 2
    async with units() as uow:
        await sweeper.sweep(uow, {QUEUES["normal"]: 3, "errands-low": 1})
    assert await dispatcher.waiting("errands-low") == 3
    assert await dispatcher.waiting(QUEUES["normal"]) == 3


@pytest.mark.usefixtures("errands")
async def test_a_wake_up_spent_on_another_task_is_sent_again(
    units: UnitOfWorkFactory, dispatcher: RedisDispatcher
) -> None:
    await queue_errands(units, ["one"], LANE["high"])
    some = await make_class(units, "a", 2, comments=1)
    await queue(units, order(some, some.students))
    before = await dispatcher.waiting(QUEUES["normal"])
    claimed = await claim(units, tasks=BOTH, woken_lane=LANE["normal"])
    assert claimed is not None
    assert claimed[0].task == ERRAND.name
    assert await dispatcher.waiting(QUEUES["normal"]) == before + 1


async def test_jobs_of_a_task_that_this_version_does_not_know_are_left_alone(
    units: UnitOfWorkFactory, dispatcher: RedisDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setitem(TASKS, ERRAND.name, ERRAND)
        (queued,) = (await queue_errands(units, ["one"])).values()
    async with units() as uow:
        await sweeper.sweep(uow, {})
    assert await claim(units) is None
    assert (await stored(units, queued.job.id)).state == State.QUEUED
    with pytest.raises(KeyError):
        assert WakeUp(ERRAND.name).queue


@pytest.mark.usefixtures("errands")
@pytest.mark.parametrize("ending", ["complete", "fail", "expire"])
async def test_a_job_without_a_school_is_published_to_nobody(
    units: UnitOfWorkFactory, settings: Settings, ending: str
) -> None:
    some = await make_class(units, "a", 2, comments=1)
    values = {"school_id": some.school_id, "url": "https://own.invalid/", "secret": b"s"}
    async with units() as uow:
        events = ["job.completed", "job.failed", "batch.completed"]
        await uow.session.execute(insert(Endpoint).values(values | {"events": events}))
    client = make_async_redis(settings.redis)
    async with client.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.psubscribe(school_channel(0).replace("0", "*"))
        await channel.get_message(timeout=5)
        (queued,) = (await queue_errands(units, ["one"], max_retries=0)).values()
        claimed = await claim(units, tasks=BOTH)
        assert claimed is not None
        async with units() as uow:
            if ending == "complete":
                await service.complete(uow, claimed[1])
            elif ending == "fail":
                await service.fail(uow, claimed[1], "internal", retryable=True)
            else:
                job = await uow.session.get_one(Job, queued.job.id)
                job.lease_until = func.now() - func.make_interval(0, 0, 0, 0, 0, 1)
                await uow.session.flush()
                await sweeper.sweep(uow, {})
        assert await channel.get_message(timeout=0.2) is None
    await client.aclose()
    job = await stored(units, queued.job.id)
    assert job.state == (State.COMPLETED if ending == "complete" else State.FAILED)
    assert job.id.startswith("errand-one-")
    async with units() as uow:
        assert await uow.session.scalar(select(func.count()).select_from(Delivery)) == 0
