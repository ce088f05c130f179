"""A job from its claim to its end, whatever the model or the reader does meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import Engine, event, func, select, update

from app.evaluations.models import Participant
from app.jobs import service as jobs
from app.jobs.models import Job
from app.jobs.states import State
from app.summaries.models import SentenceSource, Summary, SummarySentence
from app.tasks import SUMMARY, WakeUp
from tests.flows.conftest import Shop, open_worker
from tests.support.classes import count_states, order, pass_time, queue, stored
from tests.support.eventually import eventually
from tests.support.model_scripts import Script, cut, garbage, hold, html_page, refusal, status

WAKE_UP = WakeUp(SUMMARY)


async def ask(shop: Shop, *, force: bool = False) -> str:
    """Queue the first student's summary and return the job's id."""
    wanted = order(shop.some, shop.some.students[:1])
    if force:
        wanted = replace(wanted, force=True)
    return (await queue(shop.units, wanted))[shop.some.students[0]].job.id


@contextmanager
def asked_of_the_database() -> Iterator[list[str]]:
    """How each statement begins that is sent on behalf of a job once it is claimed."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "job_id" in structlog.contextvars.get_contextvars():
            sent.append(" ".join(statement.split()[:2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def summary(shop: Shop) -> Summary | None:
    """What is stored for the first student."""
    async with shop.units() as uow:
        return await uow.session.scalar(select(Summary))


async def test_a_job_ends_with_a_summary_whose_sentences_have_sources(shop: Shop) -> None:
    job_id = await ask(shop)
    await shop.worker.run_one(WAKE_UP)
    job = await stored(shop.units, job_id)
    assert (job.state, job.progress, job.attempt) == (State.COMPLETED, 100, 1)
    async with shop.units() as uow:
        found = (await uow.session.scalars(select(Summary))).one()
        kinds = list(await uow.session.scalars(select(SummarySentence.kind)))
        with_source = set(await uow.session.scalars(select(SentenceSource.sentence_id)))
    assert (found.job_id, found.method, found.state, found.provisional) == (job_id, "ai", "released", False)
    assert len(with_source) >= len(kinds) - kinds.count("tip") > 0


async def test_a_first_summary_is_read_completed_and_stored_by_a_statement_each(shop: Shop) -> None:
    await ask(shop)
    with asked_of_the_database() as sent:
        await shop.worker.run_one(WAKE_UP)
    assert sent == ["SELECT coalesce(user_account_1.locale,", "UPDATE job", "WITH stored"]
    await ask(shop)
    with asked_of_the_database() as sent:
        await shop.worker.run_one(WAKE_UP)
    assert sent == ["SELECT coalesce(user_account_1.locale,", "UPDATE job", "UPDATE summary"]


async def test_the_same_material_is_not_written_twice(shop: Shop) -> None:
    await ask(shop)
    await shop.worker.run_one(WAKE_UP)
    calls = shop.model.count()
    again = await ask(shop)
    await shop.worker.run_one(WAKE_UP)
    assert shop.model.count() == calls
    found = await summary(shop)
    assert found is not None
    assert found.job_id == again
    await ask(shop, force=True)
    await shop.worker.run_one(WAKE_UP)
    assert shop.model.count() > calls


async def test_a_cancel_while_waiting_calls_no_model(shop: Shop) -> None:
    job_id = await ask(shop)
    async with shop.units() as uow:
        await jobs.cancel(uow, shop.some.school_id, job_id)
    await shop.worker.run_one(WAKE_UP)
    assert shop.model.count() == 0
    assert await count_states(shop.units) == {"cancelled": 1}


@pytest.mark.parametrize("stage", ["extract", "judge_sentences"])
async def test_a_cancel_while_it_runs_closes_the_model_s_stream(shop: Shop, stage: str) -> None:
    shop.model.scripts[stage] = hold(after=5)  # type: ignore[index]
    job_id = await ask(shop)
    attempt = asyncio.create_task(shop.worker.run_one(WAKE_UP))
    await eventually(lambda: any(call.asked == stage and call.state == "open" for call in shop.model.calls))
    async with shop.units() as uow:
        await jobs.cancel(uow, shop.some.school_id, job_id)
    await attempt
    await eventually(lambda: shop.model.count("left") > 0)
    assert shop.model.count("open") == 0
    assert (await stored(shop.units, job_id)).state == State.CANCELLED
    assert await summary(shop) is None


async def test_a_cancel_whose_message_got_lost_is_learnt_from_the_lease(shop: Shop) -> None:
    shop.model.script = hold(after=5)
    job_id = await ask(shop)
    attempt = asyncio.create_task(shop.worker.run_one(WAKE_UP))
    await eventually(lambda: shop.model.count("open") > 0)
    async with shop.units() as uow:
        cancelled = update(Job).values(
            state="cancelled", completed_at=func.now(), lease_token=None, lease_until=None
        )
        await uow.session.execute(cancelled.where(Job.id == job_id))
    await attempt
    await eventually(lambda: shop.model.count("left") > 0)
    assert await summary(shop) is None


@pytest.mark.parametrize("script", [status(503), status(429, "7"), html_page(), cut(after=3)])
async def test_a_model_that_fails_leaves_an_honest_text_and_a_retry(shop: Shop, script: Script) -> None:
    shop.model.script = script
    job_id = await ask(shop)
    await shop.worker.run_one(WAKE_UP)
    job = await stored(shop.units, job_id)
    assert (job.state, job.retry_count) == (State.QUEUED, 1)
    assert job.next_retry_at is not None
    found = await summary(shop)
    assert found is not None
    assert (found.method, found.provisional, found.state) == ("fallback", True, "released")


async def test_the_text_of_the_model_comes_when_it_is_back(shop: Shop) -> None:
    await shop.model.stop()
    job_id = await ask(shop)
    await shop.worker.run_one(WAKE_UP)
    assert (await stored(shop.units, job_id)).error_code == "model_unreachable"
    await shop.model.start()
    await pass_time(shop.units, timedelta(minutes=2))

    async def released() -> bool:
        return (await stored(shop.units, job_id)).next_retry_at is None

    await eventually(released)
    await shop.worker.run_one(WAKE_UP)
    found = await summary(shop)
    assert found is not None
    assert (found.method, found.provisional) == ("ai", False)
    assert await count_states(shop.units) == {"completed": 1}


@pytest.mark.parametrize("script", [refusal(), garbage()])
async def test_nonsense_is_a_fault_of_the_model_and_claims_nothing(shop: Shop, script: Script) -> None:
    shop.model.script = script
    job_id = await ask(shop)
    await shop.worker.run_one(WAKE_UP)
    job = await stored(shop.units, job_id)
    assert (job.state, job.error_code) == (State.QUEUED, "model_answer")
    found = await summary(shop)
    assert found is not None
    assert (found.method, found.provisional) == ("fallback", True)


async def test_a_failed_attempt_does_not_replace_what_the_model_wrote(shop: Shop) -> None:
    await ask(shop)
    await shop.worker.run_one(WAKE_UP)
    async with shop.units() as uow:
        await uow.session.execute(update(Participant).values(revision=2))
    shop.model.script = status(503)
    await ask(shop, force=True)
    await shop.worker.run_one(WAKE_UP)
    found = await summary(shop)
    assert found is not None
    assert found.method == "ai"


async def test_a_twin_that_lost_its_lease_overwrites_nothing(shop: Shop) -> None:
    shop.model.following.append(hold(after=5))
    job_id = await ask(shop)
    slow = asyncio.create_task(shop.worker.run_one(WAKE_UP))
    await eventually(lambda: shop.model.count("open") > 0)
    async with open_worker(shop.settings, shop.model, "second") as second:

        async def taken() -> bool:
            """Again and again, for the first one renews its lease meanwhile."""
            await pass_time(shop.units, timedelta(minutes=1))
            await second.sweeper.sweep_once()
            await second.run_one(WAKE_UP)
            return (await stored(shop.units, job_id)).state == State.COMPLETED

        await eventually(taken)
    first = await summary(shop)
    shop.model.release()
    await slow
    last = await summary(shop)
    assert first is not None
    assert last is not None
    assert (first.id, first.created_at) == (last.id, last.created_at)
    assert (await stored(shop.units, job_id)).attempt == 2


async def test_a_stop_hands_the_job_back_without_counting_the_attempt(shop: Shop) -> None:
    shop.model.following.append(hold(after=5))
    job_id = await ask(shop)
    attempt = asyncio.create_task(shop.worker.run_one(WAKE_UP))
    await eventually(lambda: shop.model.count("open") > 0)
    await shop.worker.hand_back_all()
    await attempt
    job = await stored(shop.units, job_id)
    assert (job.state, job.attempt, job.retry_count) == (State.QUEUED, 0, 0)
    assert shop.model.count("left") == 1
    assert not await shop.worker.run_one(WAKE_UP), "the wake-up is for another worker"
    assert (await stored(shop.units, job_id)).attempt == 0, "a worker that stops takes nothing new"


async def test_who_comes_in_late_finds_the_sentences_so_far(shop: Shop) -> None:
    shop.model.scripts["judge_sentences"] = hold(after=6)
    job_id = await ask(shop)
    attempt = asyncio.create_task(shop.worker.run_one(WAKE_UP))

    async def drafted() -> bool:
        return bool((await stored(shop.units, job_id)).draft)

    await eventually(drafted)
    draft = (await stored(shop.units, job_id)).draft
    shop.model.release()
    await attempt
    async with shop.units() as uow:
        first = await uow.session.scalar(select(SummarySentence.text).where(SummarySentence.position == 0))
    assert draft is not None
    assert draft[0]["text"] == first, "what was shown is what is stored"
