"""The hub on a real Valkey: one connection, every viewer its own events, and a restart survived."""

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
from web.live.subscription import Topic, Viewer


def told(school: int, evaluation: int, student: int, job: str, seq: int = 1) -> Event:
    state = JobState(status="queued", priority="normal", progress=0)
    return Event("job", school, evaluation, student, job, seq, job=state)


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    """A client beside the hub's own."""
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


async def jobs_of(viewer: Viewer) -> list[str]:
    return [event.job_id for event in await viewer.take(2)]


async def test_everyone_gets_what_they_look_at_and_nothing_else(hub: Hub, redis: Redis) -> None:
    async with (
        hub.watch(Topic(1)) as school,
        hub.watch(Topic(1, 10)) as evaluation,
        hub.watch(Topic(1, 10, 100)) as pupil,
        hub.watch(Topic(1, job_id="c")) as job,
        hub.watch(Topic(2)) as stranger,
    ):
        events = [told(1, 10, 100, "a"), told(1, 10, 101, "b"), told(1, 11, 102, "c"), told(2, 10, 100, "d")]
        await Publisher(redis).publish(events)
        assert await jobs_of(stranger) == ["d"]
        assert sorted(await jobs_of(school)) == ["a", "b", "c"]
        assert sorted(await jobs_of(evaluation)) == ["a", "b"]
        assert await jobs_of(pupil) == ["a"]
        assert await jobs_of(job) == ["c"]


async def test_a_viewer_handed_out_misses_nothing_that_follows(hub: Hub, redis: Redis) -> None:
    for school in range(20):
        async with hub.watch(Topic(school)) as viewer:
            await Publisher(redis).publish([told(school, 1, 1, "first")])
            assert await jobs_of(viewer) == ["first"]


async def test_five_hundred_viewers_need_one_connection(hub: Hub, redis: Redis) -> None:
    async def subscribers() -> int:
        return len(await redis.client_list(_type="pubsub"))

    before = await subscribers()
    async with AsyncExitStack() as stack:
        for number in range(500):
            await stack.enter_async_context(hub.watch(Topic(number % 50, number)))
        assert await subscribers() == before == 1


async def test_nothing_is_left_when_the_last_viewer_has_gone(hub: Hub, redis: Redis) -> None:
    async with hub.watch(Topic(7, 1)), hub.watch(Topic(7, 2)):
        assert await redis.pubsub_channels("terugblik:school:*") == [b"terugblik:school:7"]

    async def channels() -> bool:
        return not await redis.pubsub_channels("terugblik:school:*")

    await eventually(channels)


async def test_a_cut_connection_is_made_anew_and_viewers_look_again(hub: Hub, redis: Redis) -> None:
    """They are woken at once, for they must look for themselves meanwhile, and again when events come in."""

    def connected() -> bool:
        return hub.connected

    async with hub.watch(Topic(1)) as viewer:
        await redis.client_kill_filter(_type="pubsub")
        await eventually(viewer.take_missed)
        assert not connected()
        await eventually(viewer.take_missed)
        assert connected()
        assert await jobs_of(viewer) == []  # it was woken to look, with nothing to be handed
        await Publisher(redis).publish([told(1, 1, 1, "after")])
        assert await jobs_of(viewer) == ["after"]


async def test_what_is_no_event_is_passed_over(hub: Hub, redis: Redis) -> None:
    async with hub.watch(Topic(1)) as viewer:
        await redis.publish("terugblik:school:1", b"{not json")
        await Publisher(redis).publish([told(1, 1, 1, "good")])
        assert await jobs_of(viewer) == ["good"]


async def test_how_late_an_event_came_in_is_measured(hub: Hub, redis: Redis) -> None:
    def measured(part: str) -> float:
        return REGISTRY.get_sample_value(f"terugblik_event_lag_seconds_{part}") or 0.0

    count, seconds = measured("count"), measured("sum")
    async with hub.watch(Topic(1)) as viewer:
        old_version = msgspec.json.encode(told(1, 10, 100, "a"))
        await redis.publish(school_channel(1), old_version)
        await Publisher(redis).publish([told(1, 10, 100, "b")])
        await eventually(lambda: measured("count") > count)
        assert sorted(await jobs_of(viewer)) == ["a", "b"]
    assert measured("count") == count + 1, "who does not say when it was sent is not measured"
    assert 0 <= measured("sum") - seconds < 60
