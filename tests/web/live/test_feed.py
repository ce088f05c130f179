"""What a feed tells: nothing older than was heard, and in the end what no event told."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

from app.core.errors import AppError, NotLoggedIn, Unavailable
from app.core.events import Event, JobState
from web.live.feed import RECHECK_EVERY, Feed, Item, JobSeen, Resting
from web.live.hub import Hub
from web.live.viewer import Topic, Viewer


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
    """A row whose state the test sets, a clock that it moves, and a login that it ends."""

    def __init__(self) -> None:
        self.hub = OneViewer()
        self.seq = 5
        self.now = 0.0
        self.fault: AppError | None = None

    def feed(self) -> Feed:
        """A feed of the row."""
        hub = cast("Hub", self.hub)
        return Feed(
            hub, Topic(1, job_id="j"), self._look, self._recheck, patience=0.01, clock=lambda: self.now
        )

    async def _look(self) -> Sequence[JobSeen]:
        return [JobSeen("j", 1, 2, self.seq, STATE)]

    async def _recheck(self) -> None:
        if self.fault is not None:
            raise self.fault


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


async def test_a_state_that_no_event_told_is_told_at_the_next_check() -> None:
    world = World()
    items = world.feed().items()
    assert await told(items) == 5
    world.seq = 9
    assert await told(items) is None
    world.now += 2 * RECHECK_EVERY
    assert await news(items) == 9


async def test_a_check_tells_nothing_older_than_an_event_that_came_meanwhile() -> None:
    world = World()
    items = world.feed().items()
    assert await told(items) == 5
    world.seq = 9
    world.now += 2 * RECHECK_EVERY
    assert await told(items) is None
    world.hub.viewer.offer(Event("job", 1, 1, 2, "j", 12, job=STATE))
    assert await news(items) == 12
    world.seq = 15
    world.now += 2 * RECHECK_EVERY
    assert await news(items) == 15


async def test_a_stream_ends_with_the_login() -> None:
    world = World()
    items = world.feed().items()
    assert await told(items) == 5
    world.fault = NotLoggedIn("Log in again.")
    world.now += 2 * RECHECK_EVERY
    assert [item async for item in items if not isinstance(item, Resting)] == []


async def test_a_crowd_throws_nobody_out_who_is_there() -> None:
    """Each who was would come back, and make the crowd larger."""
    world = World()
    items = world.feed().items()
    assert await told(items) == 5
    world.fault = Unavailable("Too many people are here at this moment; try again shortly.")
    for _ in range(3):
        world.now += 2 * RECHECK_EVERY
        assert [await told(items), await told(items)] == [None, None]
    world.fault, world.seq = None, 9
    world.now += 2 * RECHECK_EVERY
    assert await news(items) == 9
