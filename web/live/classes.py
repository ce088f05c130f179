"""Watching a class: its jobs as they move, and its counts at a steady pace."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from app.core.clock import Monotonic, monotonic
from app.summaries.repository import ClassCounts
from web.live.feed import QUIET, Feed, Item, JobSeen
from web.live.snapshots import COUNT_EVERY, SharedCounts

WINDOW = 0.5
"""Seconds between two rounds for who watches a whole class."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How far the class is now."""

    counts: ClassCounts


async def class_items(
    feed: Feed, counts: SharedCounts[ClassCounts], evaluation_id: int, clock: Monotonic = monotonic
) -> AsyncIterator[Item | Counted]:
    """The feed's items, with the counts at the start and after every stored change.

    A change within COUNT_EVERY of the last count waits until that has passed, so the last one is always
    told.
    """
    counted_at = clock()
    changed_at: float | None = None
    yield Counted(await counts.get(evaluation_id, counted_at))
    async for item in feed.items():
        yield item
        if isinstance(item, JobSeen) and item.stored:
            changed_at = clock()
        if changed_at is not None and clock() - counted_at >= COUNT_EVERY:
            counted_at = clock()
            yield Counted(await counts.get(evaluation_id, changed_at))
            changed_at = None
        feed.patience = QUIET if changed_at is None else COUNT_EVERY
