"""What a feed tells: nothing older than was heard, and in the end what no event told."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import cast

from app.core.errors import AppError, NotFound
from app.core.events import Event, JobState
from web.live.feed import Feed, Item, JobSeen, Resting
from web.live.hub import Hub
from web.live.subscription import Topic, Viewer


class OneViewer:
    """A hub with one viewer, to whom the test tells events."""

    connected = True

    def __init__(self) -> None:
        self.viewer = Viewer(Topic(1, job_id="j"))

    @asynccontextmanager
    async def watch(self, _: Topic) -> AsyncIterator[Viewer]:
        """The one."""
        yield self.viewer


class World:
    """A row whose state the test sets, and a right that it takes away."""

    def __init__(self) -> None:
        self.hub = OneViewer()
        self.seq = 5
        self.fault: AppError | None = None

    def feed(self) -> Feed:
        """A feed of the row."""
        hub = cast("Hub", self.hub)
        return Feed(hub, Topic(1, job_id="j"), self._look, lambda *_: nullcontext(), patience=0.01)

    async def _look(self) -> Sequence[JobSeen]:
        if self.fault is not None:
            raise self.fault
        return [JobSeen("j", 1, 2, self.seq, STATE)]


STATE = JobState(status="processing", priority="normal", progress=10)


async def told(items: AsyncIterator[Item]) -> int | None:
    """The seq of the next thing told; None while there is nothing."""
    item = await anext(items)
    return None if isinstance(item, Resting) else item.seq


async def test_who_comes_back_is_told_nothing_older_than_it_heard() -> None:
    world = World()
    feed = world.feed()
    feed.resume("j", "7")
    items = feed.items()
    assert await told(items) is None
    world.hub.viewer.offer(Event("job", 1, 1, 2, "j", 8, job=STATE))
    assert await told(items) == 8


async def test_the_state_that_was_heard_last_is_told_again() -> None:
    """It may be the end, of which the viewer missed only the end event."""
    for heard in ("5", "not a number", None):
        feed = World().feed()
        feed.resume("j", heard)
        assert await told(feed.items()) == 5


async def news(items: AsyncIterator[Item]) -> int:
    """The seq of the next thing told, after however many rounds without any."""
    while (seq := await told(items)) is None:
        pass
    return seq


async def test_a_state_that_no_event_told_is_told_when_the_keeper_says_so() -> None:
    world = World()
    items = world.feed().items()
    assert await told(items) == 5
    world.seq = 9
    assert await told(items) is None
    world.hub.viewer.look_again()
    assert await news(items) == 9


async def test_a_look_loses_no_event_that_waits_and_tells_nothing_older() -> None:
    world = World()
    items = world.feed().items()
    assert await told(items) == 5
    world.seq = 9
    world.hub.viewer.offer(Event("job", 1, 1, 2, "j", 12, job=STATE))
    world.hub.viewer.look_again()
    assert [await told(items), await told(items), await told(items)] == [9, 12, None]
    world.hub.viewer.look_again()
    assert await told(items) is None


async def test_a_stream_ends_when_the_keeper_says_so_and_tells_no_more() -> None:
    world = World()
    items = world.feed().items()
    assert await told(items) == 5
    world.hub.viewer.offer(Event("job", 1, 1, 2, "j", 12, job=STATE))
    world.hub.viewer.end()
    assert [item async for item in items] == []


async def test_a_stream_ends_when_a_look_finds_that_they_may_look_no_longer() -> None:
    world = World()
    items = world.feed().items()
    assert await told(items) == 5
    world.fault = NotFound("There is no such evaluation.")
    world.hub.viewer.look_again()
    assert [item async for item in items] == []
