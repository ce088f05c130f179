"""Watching many jobs: the feed's items, and between them what is counted of all, at a steady pace."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.core.clock import Monotonic, monotonic
from web.live.feed import QUIET, Feed, Item, JobSeen, Resting
from web.live.snapshots import COUNT_EVERY

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What was counted."""

    value: T


async def paced(
    feed: Feed, read: Callable[[float], Awaitable[T]], *, resting: bool = False, clock: Monotonic = monotonic
) -> AsyncIterator[Item | Told[T]]:
    """The feed's items, with a count at the start and after every stored change.

    `read` is given the moment that the count must not be older than. A change within COUNT_EVERY of the last
    count waits until that has passed, so the last one is always told. With `resting` also whenever nothing
    was heard for a while: an event may have been lost, and waits go on without any.
    """
    counted_at = clock()
    changed_at: float | None = None
    yield Told(await read(counted_at))
    feed.patience = QUIET
    async for item in feed.items():
        yield item
        if (resting and isinstance(item, Resting)) or (isinstance(item, JobSeen) and item.stored):
            changed_at = clock()
        if changed_at is not None and clock() - counted_at >= COUNT_EVERY:
            counted_at = clock()
            yield Told(await read(changed_at))
            changed_at = None
        feed.patience = QUIET if changed_at is None else COUNT_EVERY
