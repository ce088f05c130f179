"""Watching many jobs, of a class or of a school's queue: the feed's items, and between them counts of all."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.core.clock import Monotonic, monotonic
from app.monitoring.schemas import QueueCounts
from app.summaries.repository import ClassCounts
from web.live.feed import QUIET, Feed, Item, JobSeen, Resting
from web.live.shared_cache import COUNT_EVERY, SharedCounts

T = TypeVar("T")

WINDOW = 0.5
"""Seconds between two rounds for who watches a whole class."""


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


def class_items(
    feed: Feed, counts: SharedCounts[ClassCounts], evaluation_id: int
) -> AsyncIterator[Item | Told[ClassCounts]]:
    """The feed's items, with the counts at the start and after every stored change."""

    async def read(since: float) -> ClassCounts:
        return await counts.get(evaluation_id, since)

    return paced(feed, read)


async def queue_counts(
    feed: Feed, counts: SharedCounts[QueueCounts], school_id: int
) -> AsyncIterator[QueueCounts]:
    """The counts at the start and whenever they have changed."""

    async def read(since: float) -> QueueCounts:
        return await counts.get(school_id, since)

    told: QueueCounts | None = None
    async for item in paced(feed, read, resting=True):
        if isinstance(item, Told) and item.value != told:
            told = item.value
            yield item.value
