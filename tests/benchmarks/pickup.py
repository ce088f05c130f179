"""From the COMMIT of a job to its claim, from idle: our consumer and Dramatiq's own, pair by pair."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from dramatiq import Message
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import School, User
from app.core.db import SessionFactory, make_engine, make_session_factory
from app.core.dispatch import Dispatcher
from app.core.events import Publisher
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWork
from app.evaluations.models import Evaluation
from app.jobs.models import Job
from app.settings import load
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from app.tasks import WakeUp
from tests.benchmarks.measure import Report, Row, percentile
from tests.benchmarks.pickup_worker import OURS, THEIRS, their_broker
from tests.benchmarks.site import Site
from tests.support.eventually import eventually
from tests.support.worker_process import WorkerProcess
from workers.dispatch import RedisDispatcher

IDLE = (2.0, 3.0)
"""Seconds between two pairs, at random: by then Dramatiq's polling has slowed down to once a second."""


class TimedDispatcher:
    """Notes when it is asked to send, which is the moment after the COMMIT."""

    def __init__(self, inner: Dispatcher) -> None:
        self._inner = inner
        self.asked = 0.0

    async def send(self, tasks: Sequence[WakeUp]) -> None:
        """Note the time, then send."""
        self.asked = time.time()
        await self._inner.send(tasks)

    async def waiting(self, queue: str) -> int:
        """As the inner one."""
        return await self._inner.waiting(queue)


class TheirDispatcher:
    """Sends by Dramatiq's own broker, in a thread because it blocks."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._broker = their_broker(load(environ))

    async def send(self, tasks: Sequence[WakeUp]) -> None:
        """One message for each."""
        for task in tasks:
            message: Message[None] = Message(task.queue, task.task, (), {"lane": task.lane}, {})
            await asyncio.to_thread(self._broker.enqueue, message)

    async def waiting(self, queue: str) -> int:
        """Nobody asks."""
        raise NotImplementedError


async def measure(
    environ: Mapping[str, str], pairs: int, idle: tuple[float, float] = IDLE
) -> dict[str, list[float]]:
    """Seconds of each pick-up by broker. `environ` names a migrated, empty database."""
    settings = load(environ)
    engine = make_engine(settings.database, "pickup bench")
    sessions = make_session_factory(engine)
    publisher = Publisher(make_async_redis(settings.redis))
    dispatchers = {
        OURS: TimedDispatcher(RedisDispatcher(settings.redis)),
        THEIRS: TimedDispatcher(TheirDispatcher(environ)),
    }
    async with sessions() as session, session.begin():
        order = await _order(session)
    took: dict[str, list[float]] = {OURS: [], THEIRS: []}
    with tempfile.TemporaryDirectory() as folder:
        workers = [_start(environ, name, Path(folder) / name) for name in dispatchers]
        try:
            for turn in range(pairs + 1):
                for name, dispatcher in dispatchers.items():
                    async with UnitOfWork(sessions, dispatcher, publisher) as uow:
                        job = next(iter((await orders.queue(uow, order)).values())).job
                    claimed = await _claimed(sessions, job.id)
                    if turn:  # the first warms up
                        took[name].append(claimed - dispatcher.asked)
                await asyncio.sleep(random.uniform(*idle))
        finally:
            for worker in workers:
                worker.clean_up()
    await engine.dispose()
    return took


def _start(environ: Mapping[str, str], name: str, log: Path) -> WorkerProcess:
    return WorkerProcess({**environ, "PICKUP_BROKER": name}, "tests.benchmarks.pickup_worker", log)


async def _order(session: AsyncSession) -> SummaryOrder:
    school = School(slug="bench", name="Bench")
    session.add(school)
    await session.flush()
    evaluation = Evaluation(school_id=school.id, title="Bench")
    student = User(school_id=school.id, role="pupil", given_name="Bench")
    session.add_all([evaluation, student])
    await session.flush()
    return SummaryOrder(school.id, evaluation.id, [student.id], lane=1, requested_by=None)


async def _claimed(sessions: SessionFactory, job_id: str) -> float:
    """When the database began the claim. Waits for the job's end."""

    async def ended() -> Job | None:
        async with sessions() as session:
            query = select(Job).where(Job.id == job_id, Job.completed_at.is_not(None))
            return (await session.scalars(query)).one_or_none()

    job = await eventually(ended, within=20)
    assert job is not None
    assert job.started_at is not None
    return job.started_at.timestamp()


def report(took: Mapping[str, Sequence[float]]) -> Report:
    """One row for each broker."""
    rows: list[Row] = [
        {
            "consumer": name,
            "n": len(seconds),
            "p50 ms": statistics.median(seconds) * 1000,
            "p95 ms": percentile(seconds, 95) * 1000,
            "worst ms": max(seconds) * 1000,
        }
        for name, seconds in took.items()
    ]
    return Report("Pick-up from idle, from COMMIT to claim", rows)


async def run(site: Site) -> list[Report]:
    """Both consumers in turn."""
    with site.environ() as environ:
        if site.short:
            return [report(await measure(environ, pairs=3, idle=(1.0, 1.2)))]
        return [report(await measure(environ, pairs=40))]
