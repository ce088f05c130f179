"""The hub on a real Valkey: one connection, each subscription gets its own events, and a restart survived."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import msgspec
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from app.core.events import Event, JobState, Publisher, school_channel
from app.core.redis import make_async_redis
from app.settings import Settings
from tests.support.eventually import eventually
from web.live.hub import Hub
from web.live.subscription import Subscription, Topic


def event(school: int, evaluation: int, student: int, job: str, seq: int = 1) -> Event:
    state = JobState(status="queued", priority="normal", progress=0)
    return Event("job", school, evaluation, student, job, seq, job=state)


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    """A client beside that of the hub."""
    client = make_async_redis(settings.redis)
    yield client
    await client.aclose()


@pytest.fixture
async def hub(settings: Settings) -> AsyncIterator[Hub]:
    """A hub that listens."""
    client = make_async_redis(settings.redis, listens=True)
    made = Hub(client)
    await made.open()
    await eventually(lambda: made.connected)
    yield made
    await made.close()
    await client.aclose()


async def jobs_of(subscription: Subscription) -> list[str]:
    return [event.job_id for event in await subscription.next_events(2)]


async def test_everyone_gets_what_they_look_at_and_nothing_else(hub: Hub, redis: Redis) -> None:
    async with (
        hub.subscribe(Topic(1)) as school,
        hub.subscribe(Topic(1, 10)) as evaluation,
        hub.subscribe(Topic(1, 10, 100)) as student,
        hub.subscribe(Topic(1, job_id="c")) as job,
        hub.subscribe(Topic(2)) as stranger,
    ):
        events = [
            event(1, 10, 100, "a"),
            event(1, 10, 101, "b"),
            event(1, 11, 102, "c"),
            event(2, 10, 100, "d"),
        ]
        await Publisher(redis).publish(events)
        assert await jobs_of(stranger) == ["d"]
        assert sorted(await jobs_of(school)) == ["a", "b", "c"]
        assert sorted(await jobs_of(evaluation)) == ["a", "b"]
        assert await jobs_of(student) == ["a"]
        assert await jobs_of(job) == ["c"]


async def test_a_subscription_misses_nothing_that_follows(hub: Hub, redis: Redis) -> None:
    for school in range(20):
        async with hub.subscribe(Topic(school)) as subscription:
            await Publisher(redis).publish([event(school, 1, 1, "first")])
            assert await jobs_of(subscription) == ["first"]


async def test_five_hundred_streams_need_one_connection(hub: Hub, redis: Redis) -> None:
    async def subscribers() -> int:
        return len(await redis.client_list(_type="pubsub"))

    before = await subscribers()
    async with AsyncExitStack() as stack:
        for number in range(500):
            await stack.enter_async_context(hub.subscribe(Topic(number % 50, number)))
        assert await subscribers() == before == 1


async def test_nothing_is_left_when_the_last_stream_has_ended(hub: Hub, redis: Redis) -> None:
    async with hub.subscribe(Topic(7, 1)), hub.subscribe(Topic(7, 2)):
        assert await redis.pubsub_channels("terugblik:school:*") == [b"terugblik:school:7"]

    async def channels() -> bool:
        return not await redis.pubsub_channels("terugblik:school:*")

    await eventually(channels)


async def test_after_a_cut_the_hub_reconnects_and_streams_are_refreshed(hub: Hub, redis: Redis) -> None:
    """A refresh is requested at once, because they must poll from now on, and again when events come in."""

    def connected() -> bool:
        return hub.connected

    async with hub.subscribe(Topic(1)) as subscription:
        await redis.client_kill_filter(_type="pubsub")
        await eventually(subscription.take_refresh_request)
        assert not connected()
        await eventually(subscription.take_refresh_request)
        assert connected()
        assert await jobs_of(subscription) == []  # the wake-up for the refresh brings no event
        await Publisher(redis).publish([event(1, 1, 1, "after")])
        assert await jobs_of(subscription) == ["after"]


async def test_a_message_that_is_no_event_is_skipped(hub: Hub, redis: Redis) -> None:
    async with hub.subscribe(Topic(1)) as subscription:
        await redis.publish("terugblik:school:1", b"{not json")
        await Publisher(redis).publish([event(1, 1, 1, "good")])
        assert await jobs_of(subscription) == ["good"]


async def test_how_late_an_event_came_in_is_measured(hub: Hub, redis: Redis) -> None:
    def measured(part: str) -> float:
        return REGISTRY.get_sample_value(f"terugblik_event_lag_seconds_{part}") or 0.0

    count, seconds = measured("count"), measured("sum")
    async with hub.subscribe(Topic(1)) as subscription:
        old_version = msgspec.json.encode(event(1, 10, 100, "a"))
        await redis.publish(school_channel(1), old_version)
        await Publisher(redis).publish([event(1, 10, 100, "b")])
        await eventually(lambda: measured("count") > count)
        assert sorted(await jobs_of(subscription)) == ["a", "b"]
    assert measured("count") == count + 1, "an event without its time is not measured"
    assert 0 <= measured("sum") - seconds < 60
