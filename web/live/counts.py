"""Streams about many jobs, of an evaluation or of a school: the items of the feed, and counts among them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.core.clock import Monotonic, monotonic
from app.monitoring.schemas import QueueCounts
from app.summaries.repository import ClassCounts
from web.live.feed import IDLE_CHECK_INTERVAL_SECONDS, Feed, Idle, Item, JobUpdate
from web.live.shared_cache import SharedCache

T = TypeVar("T")

ROUND_INTERVAL_SECONDS = 0.5
"""Time between two rounds of a stream about many jobs."""

COUNT_INTERVAL_SECONDS = 0.5
"""All streams about an evaluation or a queue together cause at most one count in this time."""


@dataclass(frozen=True, slots=True)
class Counted(Generic[T]):
    """A count, among the items of a feed."""

    value: T


async def with_counts(
    feed: Feed,
    count: Callable[[float], Awaitable[T]],
    *,
    when_idle: bool = False,
    clock: Monotonic = monotonic,
) -> AsyncIterator[Item | Counted[T]]:
    """The items of the feed, with a count at the start and after every stored change.

    `count` gets the time (by `clock`) that the count must not be older than. When a change comes within
    COUNT_INTERVAL_SECONDS of the last count, the next count waits until that time has passed, so the last
    change is always counted. With `when_idle` there is also a count after each idle period: an event may have
    been lost, and waiting times grow without any event.
    """
    counted_at = clock()
    changed_at: float | None = None
    yield Counted(await count(counted_at))
    feed.timeout_seconds = IDLE_CHECK_INTERVAL_SECONDS
    async for item in feed.items():
        yield item
        if (when_idle and isinstance(item, Idle)) or (isinstance(item, JobUpdate) and item.stored):
            changed_at = clock()
        if changed_at is not None and clock() - counted_at >= COUNT_INTERVAL_SECONDS:
            counted_at = clock()
            yield Counted(await count(changed_at))
            changed_at = None
        feed.timeout_seconds = IDLE_CHECK_INTERVAL_SECONDS if changed_at is None else COUNT_INTERVAL_SECONDS


def evaluation_items(
    feed: Feed, counts: SharedCache[ClassCounts], evaluation_id: int
) -> AsyncIterator[Item | Counted[ClassCounts]]:
    """The items of the feed, with the counts of the evaluation."""

    async def count(since: float) -> ClassCounts:
        return await counts.get(evaluation_id, since)

    return with_counts(feed, count)


async def queue_counts(
    feed: Feed, counts: SharedCache[QueueCounts], school_id: int
) -> AsyncIterator[QueueCounts]:
    """The counts of a school's queue at the start, and again whenever they have changed."""

    async def count(since: float) -> QueueCounts:
        return await counts.get(school_id, since)

    sent: QueueCounts | None = None
    async for item in with_counts(feed, count, when_idle=True):
        if isinstance(item, Counted) and item.value != sent:
            sent = item.value
            yield item.value
