"""Counts that viewers share: asked once for all, and not kept for ever."""

from contextlib import nullcontext
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import SessionFactory
from web.live import shared_cache
from web.live.shared_cache import FORGET_AFTER, SharedCounts


class Counter:
    """Counts how often it was asked, at a time that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0
        self.asked: list[int] = []

    async def count(self, _: AsyncSession, key: int) -> int:
        """A count of its own for each call."""
        self.asked.append(key)
        return len(self.asked)

    def shared(self) -> SharedCounts[int]:
        """What viewers share."""
        sessions = cast(SessionFactory, lambda: cast(Any, nullcontext()))
        return SharedCounts(sessions, self.count, lambda: self.now)


async def test_whoever_comes_within_the_pace_gets_the_same_count() -> None:
    counter = Counter()
    shared = counter.shared()
    assert [await shared.get(1, 100.0), await shared.get(1, 99.0)] == [1, 1]
    counter.now = 101.0
    assert await shared.get(1, 101.0) == 2


async def test_what_nobody_asked_for_lately_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "MOST_COUNTED", 3)
    counter = Counter()
    shared = counter.shared()
    for key in range(3):
        await shared.get(key, counter.now)
    counter.now += FORGET_AFTER
    for key in range(3, 5):
        await shared.get(key, counter.now)
    assert await shared.get(3, counter.now) == 4, "a young one is kept"
    assert set(shared._counted) == {3, 4}
    assert set(shared._locks) == {3, 4}
