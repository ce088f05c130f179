"""The real worker process on PostgreSQL, Valkey and a scripted model: what a 202 promises is kept."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest
import redis
from dramatiq import Message
from sqlalchemy import func, select, update

from app.accounts.models import LoginSession
from app.core.events import school_channel
from app.core.unit_of_work import UnitOfWorkFactory
from app.imports.models import ImportRun
from app.jobs.models import Job
from app.settings import Settings, load
from app.summaries import orders
from app.summaries.models import Summary
from app.summaries.orders import SummaryOrder
from app.tasks import SUMMARY, job_waits
from tests.support.cast import CANARY, Cast, make_cast
from tests.support.eventually import eventually
from tests.support.model_scripts import cut, hold
from tests.support.model_server import ModelServer
from tests.support.web import open_units
from tests.support.worker_process import running_worker
from workers.dispatch import RedisDispatcher, queue_key


@dataclass
class School:
    """A school with one student to be summarised, and all that a worker process needs for it."""

    environ: dict[str, str]
    settings: Settings
    units: UnitOfWorkFactory
    cast: Cast
    model: ModelServer
    broker: redis.Redis

    async def queue(self) -> str:
        """Queue the student's summary and return the job's id."""
        cast = self.cast
        order = SummaryOrder(
            cast.school_id, cast.course.evaluation_id, [cast.student.id], lane=1, requested_by=None
        )
        async with self.units() as uow:
            queued = await orders.queue(uow, order)
        return queued[cast.student.id].job.id

    async def job(self, job_id: str) -> Job:
        """The job as it is now."""
        async with self.units() as uow:
            return await uow.session.get_one(Job, job_id)

    async def until(self, job_id: str, state: str, within: float = 15.0) -> Job:
        """Wait for the job to be in this state."""

        async def reached() -> Job | None:
            job = await self.job(job_id)
            return job if job.state == state else None

        found = await eventually(reached, within)
        assert found is not None
        return found

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Callable[[], AsyncIterator[bytes]]]:
        """What the school's channel tells while the block runs."""
        with redis.Redis.from_url(self.settings.redis.url) as client, client.pubsub() as channel:
            channel.subscribe(school_channel(self.cast.school_id))

            async def heard() -> AsyncIterator[bytes]:
                while (message := channel.get_message(timeout=0.2)) is not None:
                    if message["type"] == "message":
                        yield message["data"]

            yield heard

    async def summaries(self) -> int:
        """How many summaries are stored."""
        async with self.units() as uow:
            return int(await uow.session.scalar(select(func.count()).select_from(Summary)) or 0)


@pytest.fixture
async def school(environ: dict[str, str]) -> AsyncIterator[School]:
    """With a lease that runs out soon and a sweeper that looks often."""
    quick = {"JOB_LEASE_SECONDS": "4", "JOB_RENEW_SECONDS": "0.5", "JOB_SWEEP_SECONDS": "0.3"}
    async with ModelServer() as model:
        complete = environ | quick | {"OLLAMA_BASE_URL": model.url}
        settings = load(complete)
        with redis.Redis.from_url(settings.redis.broker_url) as broker:
            async with open_units(settings) as units:
                yield School(complete, settings, units, await make_cast(units), model, broker)


async def test_a_deploy_costs_no_attempt(school: School) -> None:
    """SIGTERM in the middle of a stream: handed back, model let go, and done by the next process."""
    school.model.following.append(hold(after=3))
    job_id = await school.queue()
    async with running_worker(school.environ) as worker:
        await eventually(lambda: school.model.count("open") == 1)
        worker.terminate(group=True)
        handed_back = await school.until(job_id, "queued")
        assert (handed_back.attempt, handed_back.retry_count, handed_back.lease_token) == (0, 0, None)
        await eventually(lambda: school.model.count("left") == 1)
        assert await worker.ended() == 0
    async with running_worker(school.environ):
        done = await school.until(job_id, "completed")
    assert done.attempt == 1
    assert [entry["outcome"] for entry in done.history] == ["handed_back", "completed"]


async def test_a_stop_that_cannot_hand_back_ends_by_itself(school: School) -> None:
    """Somebody holds the job's row for longer than a stop may take: its lease frees it then."""
    school.model.following.append(hold(after=3))
    job_id = await school.queue()
    async with running_worker(school.environ) as worker:
        await eventually(lambda: school.model.count("open") == 1)
        async with school.units() as uow:
            await uow.session.execute(select(Job.id).where(Job.id == job_id).with_for_update())
            worker.terminate(group=True)
            assert await worker.ended() == 0
        assert "hand_back_unfinished" in worker.log
        assert "worker_stopped" in worker.log
        assert "worker_ends_by_force" not in worker.log
    async with running_worker(school.environ):
        done = await school.until(job_id, "completed")
    assert [entry["outcome"] for entry in done.history] == ["lease_lost", "completed"]


async def test_a_killed_worker_loses_nothing(school: School) -> None:
    school.model.following.append(hold(after=3))
    job_id = await school.queue()
    async with running_worker(school.environ) as one, running_worker(school.environ) as two:
        await eventually(lambda: school.model.count("open") == 1)
        victim = one if str(one.child) in str((await school.job(job_id)).worker) else two
        victim.kill_child()
        done = await school.until(job_id, "completed")
    assert [entry["outcome"] for entry in done.history] == ["lease_lost", "completed"]
    assert await school.summaries() == 1


async def test_a_flushed_redis_loses_nothing(school: School) -> None:
    job_id = await school.queue()
    school.broker.flushall()
    async with running_worker(school.environ):
        await school.until(job_id, "completed")


async def test_duplicates_and_idle_wake_ups_do_nothing(school: School) -> None:
    dispatcher = RedisDispatcher(school.settings.redis)
    job_id = await school.queue()
    await dispatcher.send([job_waits(SUMMARY, lane) for lane in (0, 1, 2)] * 5)
    async with running_worker(school.environ):
        done = await school.until(job_id, "completed")
        await dispatcher.send([job_waits(SUMMARY, 1)] * 5)
        await eventually(lambda: school.broker.keys("*") == [])
    await dispatcher.close()
    assert done.attempt == 1
    assert await school.summaries() == 1
    assert (await school.job(job_id)).seq == done.seq, "nothing has touched it since"


async def test_no_comment_and_no_name_leaves_the_database(school: School) -> None:
    """In no wake-up, no event of a job and no log line, whether the model answers or breaks off."""
    school.model.following.append(cut(after=50))
    messages: list[bytes] = []
    async with school.listening() as heard, running_worker(school.environ) as worker:
        job_id = await school.queue()
        messages += cast("list[bytes]", school.broker.lrange(queue_key("ai-summaries"), 0, -1))

        async def put_back() -> bool:
            return (await school.job(job_id)).retry_count == 1

        await eventually(put_back)
        async with school.units() as uow:
            await uow.session.execute(update(Job).values(next_retry_at=func.now()))
        await school.until(job_id, "completed")
        log = worker.log
        assert "model_fault" in log
        messages += [data async for data in heard() if b'"sentence"' not in data]
    said = log.encode() + b"".join(messages)
    assert job_id.encode() in said
    people = (school.cast.student, school.cast.classmate, school.cast.third, school.cast.owner)
    names = {part for person in people for part in person.principal.name.split() if len(part) > 3}
    assert not [secret for secret in (CANARY, *names) if secret.encode() in said]


async def test_the_upkeep_forgets(school: School) -> None:
    """Dead logins, and uploads that nobody confirmed; what still counts stays."""
    async with school.units() as uow:
        old, new = [
            ImportRun(
                school_id=school.cast.school_id,
                file_name="a.csv",
                format="long",
                payload=b"a;b",
                created_at=func.now() - age,
            )
            for age in (timedelta(days=2), timedelta(hours=1))
        ]
        uow.session.add_all([old, new])
        ended = await uow.session.get_one(
            LoginSession, bytes.fromhex(str(school.cast.owner.principal.session_key))
        )
        ended.expires_at = func.now() - timedelta(hours=1)
    async with running_worker(school.environ):
        message: Message[None] = Message("upkeep", "tick", (), {}, {})
        school.broker.rpush(queue_key("upkeep"), message.encode())
        await eventually(lambda: _forgotten(school, new.id))


async def _forgotten(school: School, kept: int) -> bool:
    async with school.units() as uow:
        uploads = list(await uow.session.scalars(select(ImportRun.id)))
        logins = await uow.session.scalar(
            select(func.count()).select_from(LoginSession).where(LoginSession.expires_at < func.now())
        )
        return logins == 0 and uploads == [kept]
