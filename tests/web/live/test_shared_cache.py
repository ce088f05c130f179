"""Values that streams share: they are read once for all, and old ones are dropped."""

from contextlib import nullcontext
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import SessionFactory
from web.live import shared_cache
from web.live.shared_cache import MAX_ENTRY_AGE_SECONDS, SharedCache


class Source:
    """Counts its reads, at a time that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0
        self.reads: list[int] = []

    async def read(self, _: AsyncSession, key: int) -> int:
        """Another number at each call."""
        self.reads.append(key)
        return len(self.reads)

    def cache(self) -> SharedCache[int]:
        """A cache of these reads."""
        sessions = cast(SessionFactory, lambda: cast(Any, nullcontext()))
        return SharedCache(sessions, self.read, lambda: self.now)


async def test_a_value_is_shared_while_it_is_young_enough() -> None:
    source = Source()
    cache = source.cache()
    assert [await cache.get(1, 100.0), await cache.get(1, 99.0)] == [1, 1]
    source.now = 101.0
    assert await cache.get(1, 101.0) == 2


async def test_old_values_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "MAX_ENTRIES", 3)
    source = Source()
    cache = source.cache()
    for key in range(3):
        await cache.get(key, source.now)
    source.now += MAX_ENTRY_AGE_SECONDS
    for key in range(3, 5):
        await cache.get(key, source.now)
    assert await cache.get(3, source.now) == 4, "a young one stays"
    assert set(cache._entries) == {3, 4}
    assert set(cache._locks) == {3, 4}
