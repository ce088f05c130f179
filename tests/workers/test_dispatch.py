"""Sending wake-ups: where they go, what they say, what a thousand cost, and Redis being away."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
import structlog
from dramatiq import Message

from app.core.dispatch import DispatchFault
from app.settings import Settings
from app.tasks import QUEUES, SUMMARY, WakeUp, job_waits
from tests.support.own_valkey import OwnValkey
from workers.dispatch import RedisDispatcher, queue_key


@pytest.fixture
async def dispatcher(own_settings: Settings) -> AsyncIterator[RedisDispatcher]:
    """Open, and closed at the end."""
    dispatcher = RedisDispatcher(own_settings.redis)
    await dispatcher.open()
    yield dispatcher
    await dispatcher.close()


def sent(valkey: OwnValkey, queue: str) -> list[Message[None]]:
    """The messages that wait in a queue."""
    waiting = cast("list[bytes]", valkey.broker.lrange(queue_key(queue), 0, -1))
    return [Message.decode(data) for data in waiting]


async def test_each_lane_has_its_queue_and_its_actor(
    dispatcher: RedisDispatcher, own_valkey: OwnValkey
) -> None:
    await dispatcher.send([job_waits(SUMMARY, lane) for lane in (0, 1, 2, 2)])
    assert [await dispatcher.waiting(QUEUES[lane]) for lane in ("high", "normal", "low")] == [1, 1, 2]
    found = {
        (message.queue_name, message.actor_name, message.kwargs["lane"])
        for queue in QUEUES.values()
        for message in sent(own_valkey, queue)
    }
    assert found == {
        ("ai-summaries-high", "summary_high", "high"),
        ("ai-summaries", "summary", "normal"),
        ("ai-summaries-low", "summary_low", "low"),
    }


async def test_the_id_of_the_request_travels_along(
    dispatcher: RedisDispatcher, own_valkey: OwnValkey
) -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        await dispatcher.send([job_waits(SUMMARY, 1)])
    await dispatcher.send([job_waits(SUMMARY, 1)])
    assert [message.options for message in sent(own_valkey, "ai-summaries")] == [{"request_id": "req-1"}, {}]


async def test_a_thousand_wake_ups_are_one_command(
    dispatcher: RedisDispatcher, own_valkey: OwnValkey
) -> None:
    await dispatcher.send([WakeUp(SUMMARY, "low")] * 1000)
    assert await dispatcher.waiting("ai-summaries-low") == 1000
    assert own_valkey.calls("rpush") == 1


async def test_redis_being_away_is_a_fault(dispatcher: RedisDispatcher, own_valkey: OwnValkey) -> None:
    await own_valkey.kill()
    with pytest.raises(DispatchFault):
        await dispatcher.send([job_waits(SUMMARY, 0)])
    with pytest.raises(DispatchFault):
        await dispatcher.waiting("ai-summaries")
    await dispatcher.open()  # says so in the log, and is no reason not to start
    own_valkey.start()
    await dispatcher.send([job_waits(SUMMARY, 0)])
    assert await dispatcher.waiting("ai-summaries-high") == 1
