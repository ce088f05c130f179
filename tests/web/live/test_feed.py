"""What a feed sends: nothing older than the client has, and in the end also what no event brought."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import cast

from app.core.errors import AppError, NotFound
from app.core.events import Event, JobState
from web.live.feed import Feed, Idle, Item, JobUpdate
from web.live.hub import Hub
from web.live.subscription import Subscription, Topic


class FakeHub:
    """A hub with one subscription, to which the test adds events."""

    connected = True

    def __init__(self) -> None:
        self.subscription = Subscription(Topic(1, job_id="j"))

    @asynccontextmanager
    async def subscribe(self, _: Topic) -> AsyncIterator[Subscription]:
        """The one subscription."""
        yield self.subscription


class World:
    """A row whose state the test sets, and a right that it takes away."""

    def __init__(self) -> None:
        self.hub = FakeHub()
        self.seq = 5
        self.fault: AppError | None = None

    def feed(self) -> Feed:
        """A feed of the row."""
        hub = cast("Hub", self.hub)
        topic = Topic(1, job_id="j")
        return Feed(hub, topic, self._read, lambda *_: nullcontext(), timeout_seconds=0.01)

    async def _read(self) -> Sequence[JobUpdate]:
        if self.fault is not None:
            raise self.fault
        return [JobUpdate("j", 1, 2, self.seq, STATE)]


STATE = JobState(status="processing", priority="normal", progress=10)


def event(seq: int) -> Event:
    return Event("job", 1, 1, 2, "j", seq, job=STATE)


async def next_seq(items: AsyncIterator[Item]) -> int | None:
    """The seq of the next item; None when the feed was idle."""
    item = await anext(items)
    return None if isinstance(item, Idle) else item.seq


async def next_news(items: AsyncIterator[Item]) -> int:
    """The seq of the next item that is not idle."""
    while (seq := await next_seq(items)) is None:
        pass
    return seq


async def test_a_returning_client_gets_nothing_older_than_it_has() -> None:
    world = World()
    feed = world.feed()
    feed.resume_after("j", "7")
    items = feed.items()
    assert await next_seq(items) is None
    world.hub.subscription.add(event(8))
    assert await next_seq(items) == 8


async def test_the_state_that_a_client_had_last_is_sent_again() -> None:
    """It may be the last one, of which the client missed only the end event."""
    for last_event_id in ("5", "not a number", None):
        feed = World().feed()
        feed.resume_after("j", last_event_id)
        assert await next_seq(feed.items()) == 5


async def test_a_refresh_sends_a_state_that_no_event_brought() -> None:
    world = World()
    items = world.feed().items()
    assert await next_seq(items) == 5
    world.seq = 9
    assert await next_seq(items) is None
    world.hub.subscription.request_refresh()
    assert await next_news(items) == 9


async def test_a_refresh_loses_no_waiting_event_and_sends_nothing_older() -> None:
    world = World()
    items = world.feed().items()
    assert await next_seq(items) == 5
    world.seq = 9
    world.hub.subscription.add(event(12))
    world.hub.subscription.request_refresh()
    assert [await next_seq(items), await next_seq(items), await next_seq(items)] == [9, 12, None]
    world.hub.subscription.request_refresh()
    assert await next_seq(items) is None


async def test_an_ended_subscription_sends_no_more() -> None:
    world = World()
    items = world.feed().items()
    assert await next_seq(items) == 5
    world.hub.subscription.add(event(12))
    world.hub.subscription.end()
    assert [item async for item in items] == []


async def test_a_feed_ends_when_a_refresh_finds_that_the_right_is_gone() -> None:
    world = World()
    items = world.feed().items()
    assert await next_seq(items) == 5
    world.fault = NotFound("There is no such evaluation.")
    world.hub.subscription.request_refresh()
    assert [item async for item in items] == []
