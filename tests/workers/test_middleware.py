"""What the middleware does, in a real Dramatiq worker inside this process."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

import dramatiq
import pytest
import structlog
from dramatiq import Message, Middleware, Worker
from sqlalchemy.exc import OperationalError

from app.core import metrics
from app.settings import Settings
from app.tasks import QUEUES, SUMMARY
from tests.support.eventually import eventually
from tests.support.own_valkey import OwnValkey
from workers.broker import WakeupBroker, make_broker
from workers.dispatch import actor_name, queue_key
from workers.middleware.retry import Unused


class NoResources(Middleware):
    """These actors need none."""


@dataclass
class Actor:
    """What the stand-in for the real actor does (`then`) and what it saw."""

    then: Callable[[], object] = field(default=lambda: None)
    lanes: list[str] = field(default_factory=list)
    context: list[dict[str, object]] = field(default_factory=list)

    async def run(self, lane: str) -> None:
        """One run."""
        await asyncio.sleep(0)
        self.lanes.append(lane)
        self.context.append(dict(structlog.contextvars.get_contextvars()))
        self.then()


def declare(broker: dramatiq.Broker, actor: Actor) -> None:
    """Declare the stand-in as the real one is declared."""
    dramatiq.actor(broker=broker, actor_name=SUMMARY, queue_name=QUEUES["normal"], lanes=QUEUES)(actor.run)


@contextmanager
def working(settings: Settings, actor: Actor) -> Iterator[WakeupBroker]:
    """A running worker with that actor."""
    broker = make_broker(settings, NoResources(), lambda: None)
    declare(broker, actor)
    worker = Worker(broker, worker_timeout=100)
    worker.start()
    try:
        yield broker
    finally:
        worker.stop()
        broker.close()


def wake(lane: str = "normal", **options: object) -> Message[None]:
    """A wake-up as the dispatcher makes it."""
    return Message(QUEUES[lane], actor_name(SUMMARY, lane), (), {"lane": lane}, options)


async def test_each_lane_is_an_actor_with_a_queue_and_a_rank(own_settings: Settings) -> None:
    broker = make_broker(own_settings, NoResources(), lambda: None)
    declare(broker, Actor())
    assert {(one.actor_name, one.queue_name, one.priority) for one in broker.actors.values()} == {
        ("summary_high", "ai-summaries-high", 0),
        ("summary", "ai-summaries", 1),
        ("summary_low", "ai-summaries-low", 2),
    }
    broker.close()


async def test_a_process_serves_its_lanes_in_order_and_no_other(
    own_settings: Settings, own_valkey: OwnValkey
) -> None:
    actor = Actor()
    lanes = replace(own_settings.worker, lanes=("high", "normal"), threads=1)
    broker = make_broker(own_settings, NoResources(), lambda: None)
    for lane in ("low", "normal", "high", "low", "normal", "high"):
        broker.enqueue(wake(lane))
    broker.close()
    with working(replace(own_settings, worker=lanes), actor):
        await eventually(lambda: len(actor.lanes) == 4)
    assert actor.lanes == ["high", "high", "normal", "normal"]
    assert own_valkey.broker.llen(queue_key(QUEUES["low"])) == 2


async def test_ids_are_bound_for_the_coroutine_and_for_nobody_after_it(own_settings: Settings) -> None:
    actor = Actor()
    message = wake(request_id="req-7")
    with working(replace(own_settings, worker=replace(own_settings.worker, threads=1)), actor) as broker:
        broker.enqueue(message)
        broker.enqueue(wake())
        await eventually(lambda: len(actor.context) == 2)
    first, second = actor.context
    assert first == {
        "message_id": message.message_id,
        "queue": QUEUES["normal"],
        "request_id": "req-7",
    }
    assert "request_id" not in second


async def test_with_the_database_away_the_wake_up_waits(
    own_settings: Settings, own_valkey: OwnValkey
) -> None:
    """It comes back, after a pause, for as long as it takes."""
    began: list[float] = []

    def database_away() -> None:
        began.append(time.monotonic())
        if len(began) < 3:
            raise OperationalError("SELECT 1", {}, ConnectionRefusedError())

    with working(own_settings, Actor(then=database_away)) as broker:
        broker.enqueue(wake())
        await eventually(lambda: len(began) == 3)
        await eventually(lambda: own_valkey.broker.keys("*") == [])
    pauses = [later - earlier for earlier, later in pairwise(began)]
    assert pauses[0] >= 0.25, "half a second, with jitter"
    assert pauses[1] >= 0.5, "twice as long"


def bug() -> None:
    """What nobody foresaw."""
    raise ZeroDivisionError("text of a pupil")


async def test_a_bug_uses_the_wake_up_up_and_is_counted(
    own_settings: Settings, own_valkey: OwnValkey
) -> None:
    failed = metrics.actor_runs.labels(SUMMARY, "failed")
    done = metrics.actor_runs.labels(SUMMARY, "done")
    before = failed._value.get(), done._value.get()
    actor = Actor(then=bug)
    with working(own_settings, actor) as broker:
        broker.enqueue(wake())
        await eventually(lambda: failed._value.get() == before[0] + 1)
        actor.then = lambda: None
        broker.enqueue(wake())
        await eventually(lambda: done._value.get() == before[1] + 1)
    assert len(actor.lanes) == 2
    assert own_valkey.broker.keys("*") == []


async def test_a_wake_up_that_was_not_used_goes_back(own_settings: Settings, own_valkey: OwnValkey) -> None:
    """As when it was handed over while the process began to stop."""
    actor = Actor()

    def left() -> None:
        if len(actor.lanes) == 1:
            raise Unused

    actor.then = left
    with working(own_settings, actor) as broker:
        broker.enqueue(wake())
        await eventually(lambda: len(actor.lanes) == 2)
        await eventually(lambda: own_valkey.broker.keys("*") == [])


async def test_a_message_for_an_unknown_actor_is_dropped(
    own_settings: Settings, own_valkey: OwnValkey
) -> None:
    """As when the web process is a newer version than this one."""
    actor = Actor()
    one_thread = replace(own_settings, worker=replace(own_settings.worker, threads=1))
    with working(one_thread, actor) as broker:
        for _ in range(3):
            broker.enqueue(replace(wake(), actor_name="of_tomorrow"))
        broker.enqueue(wake())
        await eventually(lambda: actor.lanes)
    assert own_valkey.broker.keys("*") == []


async def test_the_scheduler_outlives_redis(own_settings: Settings, own_valkey: OwnValkey) -> None:
    broker = make_broker(own_settings, NoResources(), lambda: None)
    await own_valkey.kill()
    broker.enqueue(wake())
    own_valkey.start()
    broker.enqueue(wake())
    assert own_valkey.broker.llen(queue_key(QUEUES["normal"])) == 1
    broker.close()


async def test_nothing_can_be_delayed(own_settings: Settings) -> None:
    broker = make_broker(own_settings, NoResources(), lambda: None)
    with pytest.raises(ValueError, match="no delayed messages"):
        broker.enqueue(wake(), delay=1000)
    broker.close()
