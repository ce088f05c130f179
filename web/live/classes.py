"""Watching a class: its jobs as they move, and its counts at a steady pace."""

from collections.abc import AsyncIterator

from app.summaries.repository import ClassCounts
from web.live.counts import Told, paced
from web.live.feed import Feed, Item
from web.live.snapshots import SharedCounts

WINDOW = 0.5
"""Seconds between two rounds for who watches a whole class."""


def class_items(
    feed: Feed, counts: SharedCounts[ClassCounts], evaluation_id: int
) -> AsyncIterator[Item | Told[ClassCounts]]:
    """The feed's items, with the counts at the start and after every stored change."""

    async def read(since: float) -> ClassCounts:
        return await counts.get(evaluation_id, since)

    return paced(feed, read)
