"""Reads once from the database what many streams need at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import Monotonic, monotonic
from app.core.db import SessionFactory

T = TypeVar("T")

MAX_ENTRIES = 1000
MAX_ENTRY_AGE_SECONDS = 60.0
"""When there are this many entries, those older than this are dropped."""


@dataclass
class SharedCache(Generic[T]):
    """Values by key, such as the counts of an evaluation by its id."""

    sessions: SessionFactory
    read: Callable[[AsyncSession, int], Awaitable[T]]
    clock: Monotonic = monotonic
    _entries: dict[int, tuple[float, T]] = field(default_factory=dict)
    _locks: dict[int, asyncio.Lock] = field(default_factory=dict)

    async def get(self, key: int, since: float) -> T:
        """A value that was read at `since` (by `clock`) or later, for this stream or for another."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            entry = self._entries.get(key)
            if entry is not None and entry[0] >= since:
                return entry[1]
            read_at = self.clock()
            async with self.sessions() as session:
                value = await self.read(session, key)
            self._drop_old(read_at)
            self._entries[key] = (read_at, value)
            return value

    def _drop_old(self, now: float) -> None:
        """Without this the entries of a year would be all evaluations that there were."""
        if len(self._entries) >= MAX_ENTRIES:
            self._entries = {
                key: entry for key, entry in self._entries.items() if now - entry[0] < MAX_ENTRY_AGE_SECONDS
            }
            self._locks = {key: lock for key, lock in self._locks.items() if lock.locked()}
