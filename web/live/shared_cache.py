"""What many viewers want to know at the same moment is read once for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import Monotonic, monotonic
from app.core.db import SessionFactory

T = TypeVar("T")

COUNT_EVERY = 0.5
"""Seconds: all viewers of a class or queue together cause at most one count in this time."""

MOST_COUNTED, FORGET_AFTER = 1000, 60.0
"""Counts that are kept before those older than so many seconds are let go."""


@dataclass
class SharedCounts(Generic[T]):
    """How many stand where in a class or a school, counted once for all who watch it."""

    sessions: SessionFactory
    count: Callable[[AsyncSession, int], Awaitable[T]]
    clock: Monotonic = monotonic
    _counted: dict[int, tuple[float, T]] = field(default_factory=dict)
    _locks: dict[int, asyncio.Lock] = field(default_factory=dict)

    async def get(self, key: int, since: float) -> T:
        """Counts that were read no earlier than `since`, by this viewer or another."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._counted.get(key)
            if known is not None and known[0] >= since:
                return known[1]
            at = self.clock()
            async with self.sessions() as session:
                counts = await self.count(session, key)
            self._forget(at)
            self._counted[key] = (at, counts)
            return counts

    def _forget(self, now: float) -> None:
        """Let go of what nobody has asked for lately: in a year that is every class there was."""
        if len(self._counted) >= MOST_COUNTED:
            self._counted = {key: one for key, one in self._counted.items() if now - one[0] < FORGET_AFTER}
            self._locks = {key: lock for key, lock in self._locks.items() if lock.locked()}
