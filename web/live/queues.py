"""Watching the queue of a school: what each lane holds, told at a steady pace."""

from collections.abc import AsyncIterator

from app.core.clock import Monotonic, monotonic
from app.monitoring.schemas import QueueCounts
from web.live.feed import QUIET, Feed, JobSeen, Resting
from web.live.snapshots import COUNT_EVERY, SharedCounts


async def queue_counts(
    feed: Feed, counts: SharedCounts[QueueCounts], school_id: int, clock: Monotonic = monotonic
) -> AsyncIterator[QueueCounts]:
    """The counts at the start and after every stored change, at most once in COUNT_EVERY.

    Also whenever nothing was heard for a while and they differ: an event may have been lost, and the wait of
    the oldest goes on without any.
    """
    counted_at = clock()
    changed_at: float | None = None
    told = await counts.get(school_id, counted_at)
    yield told
    async for item in feed.items():
        now = clock()
        if isinstance(item, Resting) or (isinstance(item, JobSeen) and item.stored):
            changed_at = now
        if changed_at is not None and now - counted_at >= COUNT_EVERY:
            counted_at = now
            found = await counts.get(school_id, changed_at)
            changed_at = None
            if found != told:
                yield found
            told = found
        feed.patience = QUIET if changed_at is None else COUNT_EVERY
