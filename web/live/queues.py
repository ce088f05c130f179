"""Watching the queue of a school: what each lane holds, told at a steady pace."""

from collections.abc import AsyncIterator

from app.monitoring.schemas import QueueCounts
from web.live.counts import Told, paced
from web.live.feed import Feed
from web.live.snapshots import SharedCounts


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
