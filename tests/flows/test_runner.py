"""What the runner makes of an attempt, whatever its handler does: ends, crashes, is stopped or cancelled."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import service
from app.jobs.runner import JobRunner
from app.jobs.states import State
from app.settings import Settings
from app.tasks import TaskType, WakeUp
from tests.flows.conftest import open_worker
from tests.support.classes import make_class, stored
from tests.support.errands import ERRAND, errands, queue_errands
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.one_task import in_one_task

__all__ = ["errands"]


@pytest.fixture
async def runner(settings: Settings, errands: TaskType) -> AsyncIterator[JobRunner]:
    """A runner that can do errands."""
    quick = replace(
        settings.worker, lease_seconds=1.5, renew_interval_seconds=0.3, sweep_interval_seconds=0.3
    )
    async with (
        ModelServer() as model,
        in_one_task(open_worker(replace(settings, worker=quick), model, "first")) as opened,
    ):
        yield opened


async def run(runner: JobRunner, key: str) -> tuple[str, list[str]]:
    """Queue an errand and do it; returns its id and what was logged."""
    (queued,) = (await queue_errands(runner.units, [key])).values()
    with capture_logs() as lines:
        assert await runner.run_one(WakeUp(ERRAND.name))
    return queued.job.id, [str(line["event"]) for line in lines]


@pytest.mark.parametrize(
    ("key", "state", "retry_count", "attempt", "line"),
    [
        ("go", State.COMPLETED, 0, 1, "attempt_ended"),
        ("crash", State.QUEUED, 1, 1, "attempt_crashed"),
        ("break", State.FAILED, 0, 1, "ending_not_stored"),
        ("away", State.QUEUED, 0, 0, "database_away"),
    ],
)
async def test_each_way_out_of_an_attempt_is_stored(
    runner: JobRunner, key: str, state: State, retry_count: int, attempt: int, line: str
) -> None:
    job_id, lines = await run(runner, key)
    job = await stored(runner.units, job_id)
    assert (job.state, job.retry_count, job.attempt) == (state, retry_count, attempt)
    assert job.lease_token is None
    assert line in lines


async def test_a_stop_hands_the_job_back(runner: JobRunner) -> None:
    (queued,) = (await queue_errands(runner.units, ["wait"])).values()
    attempt = asyncio.create_task(runner.run_one(WakeUp(ERRAND.name)))
    await eventually(lambda: _is(runner.units, queued.job.id, State.PROCESSING))
    await runner.hand_back_all()
    assert await attempt
    job = await stored(runner.units, queued.job.id)
    assert (job.state, job.attempt, [entry["outcome"] for entry in job.history]) == (
        State.QUEUED,
        0,
        ["handed_back"],
    )
    assert not await runner.run_one(WakeUp(ERRAND.name)), "the wake-up is for another process"


async def test_a_cancelled_attempt_is_stopped_and_stays_cancelled(runner: JobRunner) -> None:
    some = await make_class(runner.units, "a", 2)
    (queued,) = (await queue_errands(runner.units, ["wait"], school_id=some.school_id)).values()
    attempt = asyncio.create_task(runner.run_one(WakeUp(ERRAND.name)))
    await eventually(lambda: _is(runner.units, queued.job.id, State.PROCESSING))
    async with runner.units() as uow:
        await service.cancel(uow, some.school_id, queued.job.id)
    assert await attempt
    assert (await stored(runner.units, queued.job.id)).state == State.CANCELLED


async def _is(units: UnitOfWorkFactory, job_id: str, state: State) -> bool:
    return (await stored(units, job_id)).state == state
