"""The unit of work: commit, wake, publish; nothing is sent without a commit, or lost without Redis."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
import redis.asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts.models import School
from app.core import metrics, unit_of_work
from app.core.db import make_engine, make_session_factory
from app.core.dispatch import DispatchFault
from app.core.events import CANCEL_CHANNEL, CancelSignal, Event, Publisher, decode, school_channel
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWork, unit_of_work_factory
from app.settings import Settings
from app.tasks import SUMMARY, WakeUp, job_waits
from tests.support.eventually import MAX_WAIT_SECONDS

EVENT = Event("job", school_id=7, evaluation_id=1, student_id=2, job_id="j", seq=1)


@dataclass
class Recorder:
    """A dispatcher that checks, when it sends, whether the commit has happened."""

    engine: AsyncEngine
    away: bool = False
    sent: list[WakeUp] = field(default_factory=list)
    committed_before: list[int] = field(default_factory=list)

    async def send(self, tasks: Sequence[WakeUp]) -> None:
        """Record the wake-ups, and how many schools another connection sees."""
        if self.away:
            raise DispatchFault("away")
        self.sent.extend(tasks)
        async with self.engine.connect() as other:
            self.committed_before.append(int(await other.scalar(text("SELECT count(*) FROM school")) or 0))

    async def waiting(self, queue: str) -> int:
        """Always 0."""
        return 0


@dataclass(frozen=True, slots=True)
class World:
    """Real PostgreSQL and Redis, and a recording dispatcher."""

    engine: AsyncEngine
    redis: redis.asyncio.Redis
    recorder: Recorder

    async def write(self, slug: str, *, then: Exception | None = None) -> None:
        """Add a school, ask for a wake-up, and raise `then` at the end."""
        async with self.unit() as unit:
            unit.session.add(School(slug=slug, name="A"))
            unit.wake(job_waits(SUMMARY, 0))
            if then is not None:
                await unit.session.flush()
                raise then

    def unit(self, publisher: Publisher | None = None) -> UnitOfWork:
        """A new unit of work."""
        sessions = make_session_factory(self.engine)
        return unit_of_work_factory(sessions, self.recorder, publisher or Publisher(self.redis))()

    async def schools(self) -> int:
        """How many schools are stored."""
        async with self.engine.connect() as connection:
            return int(await connection.scalar(text("SELECT count(*) FROM school")) or 0)


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    """With two connections at most, so that a unit of work that keeps one fails a test."""
    engine = make_engine(replace(settings.database, pool_size=2), "test")
    client = make_async_redis(settings.redis)
    yield World(engine, client, Recorder(engine))
    await client.aclose()
    await engine.dispose()


async def test_wake_ups_leave_after_the_commit(world: World) -> None:
    async with world.unit() as unit:
        unit.session.add(School(slug="a", name="A"))
        unit.wake(job_waits(SUMMARY, 0))
        assert world.recorder.sent == []
    assert world.recorder.sent == [job_waits(SUMMARY, 0)]
    assert world.recorder.committed_before == [1]


async def test_events_are_published_in_order_after_the_wake_ups(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a long time limit, because a slow machine may leave events out."""
    monkeypatch.setattr(unit_of_work, "SEND_TIMEOUT_SECONDS", 30.0)
    async with world.redis.pubsub() as channel:
        await channel.subscribe(school_channel(7), CANCEL_CHANNEL)
        async with world.unit() as unit:
            unit.publish(EVENT, CancelSignal("j"), replace_seq(2))
        heard: list[bytes] = []
        while len(heard) < 3:
            message = await channel.get_message(timeout=MAX_WAIT_SECONDS)
            assert message is not None, f"only {len(heard)} of 3 events came"
            if message["type"] == "message":
                heard.append(message["data"])
    assert decode(heard[0]).seq == 1
    assert heard[1] == b"j"
    assert decode(heard[2]).seq == 2


def replace_seq(seq: int) -> Event:
    """EVENT with another number."""
    return Event("job", school_id=7, evaluation_id=1, student_id=2, job_id="j", seq=seq)


async def test_an_error_rolls_back_and_sends_nothing(world: World) -> None:
    with pytest.raises(ValueError, match="stop"):
        await world.write("a", then=ValueError("stop"))
    assert await world.schools() == 0
    assert world.recorder.sent == []


async def test_a_commit_that_fails_sends_nothing(world: World) -> None:
    await world.write("a")
    world.recorder.sent.clear()
    with pytest.raises(IntegrityError):
        await world.write("a")
    assert world.recorder.sent == []


async def test_without_the_broker_wake_ups_are_lost_and_the_work_is_stored(world: World) -> None:
    world.recorder.away = True
    before = metrics.wakeups_unsent._value.get()
    async with world.unit() as unit:
        unit.session.add(School(slug="a", name="A"))
        unit.wake(job_waits(SUMMARY, 0), job_waits(SUMMARY, 1))
    assert await world.schools() == 1
    assert metrics.wakeups_unsent._value.get() == before + 2


async def test_without_redis_events_are_lost_and_the_work_is_stored(world: World) -> None:
    nowhere = redis.asyncio.Redis.from_url("unix:///nowhere/at/all.sock")
    before = metrics.events_unsent._value.get()
    async with world.unit(Publisher(nowhere)) as unit:
        unit.session.add(School(slug="a", name="A"))
        unit.wake(job_waits(SUMMARY, 0))
        unit.publish(EVENT)
    assert await world.schools() == 1
    assert world.recorder.sent == [job_waits(SUMMARY, 0)]
    assert metrics.events_unsent._value.get() == before + 1


async def test_a_connection_is_taken_at_the_first_statement_and_given_back(world: World) -> None:
    """More units of work than connections are open; only one that has run a statement has a connection."""
    async with world.unit(), world.unit(), world.unit() as third:
        await third.session.execute(text("SELECT 1"))
    for _ in range(5):
        with pytest.raises(ValueError, match="stop"):
            await world.write("a", then=ValueError("stop"))
    async with world.unit() as unit:
        assert await unit.session.scalar(text("SELECT 1")) == 1
