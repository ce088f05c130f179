"""Checks every minute that each viewer may still look and was told all; many at once, for all streams."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

from app.accounts.principal import Credential, Principal
from app.core.clock import Monotonic, monotonic
from app.core.db import database_is_away
from web.live.subscription import Viewer

log = structlog.get_logger(__name__)

RECHECK_EVERY = 60.0
"""Seconds between two checks of a viewer. They also tell what is news: an event may have been lost between a
worker and Redis, where nobody here could notice."""

GATHER = 5.0
"""Seconds in which those who are due are gathered for the same statements."""

AT_ONCE = 500
"""Viewers in the same statements."""


@dataclass(frozen=True, eq=False, slots=True)
class Watch:
    """Somebody who watches: who they are, what let them in, and the `seq` they were told of each job."""

    viewer: Viewer
    user: Principal
    credential: Credential
    told: Mapping[str, int]


Check = Callable[[Sequence[Watch]], Awaitable[None]]
"""Ends the viewers who may look no longer, and has those look again who were not told all."""


class Keeper:
    """One per web process. Checks are spread, so that those who came together are not due together."""

    def __init__(self, check: Check, clock: Monotonic = monotonic) -> None:
        self._check = check
        self._clock = clock
        self._due: dict[Watch, float] = {}
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start checking in the background."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop checking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @contextmanager
    def keep(self, watch: Watch) -> Iterator[None]:
        """Check this viewer from time to time until the block ends."""
        self._due[watch] = self._next()
        try:
            yield
        finally:
            del self._due[watch]

    async def turn(self) -> None:
        """Check everybody who is due. If that cannot be done they stay due, and nobody is ended for it."""
        now = self._clock()
        due = [watch for watch, at in self._due.items() if at <= now]
        for start in range(0, len(due), AT_ONCE):
            batch = [watch for watch in due[start : start + AT_ONCE] if watch in self._due]
            try:
                await self._check(batch)
            except Exception as error:  # at the edge: whatever happens, the next turn comes
                log.warning("viewers_not_checked", cause=type(error).__name__, away=database_is_away(error))
                return
            self._due |= {watch: self._next() for watch in batch if watch in self._due}

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(GATHER)
            await self.turn()

    def _next(self) -> float:
        return self._clock() + RECHECK_EVERY * random.uniform(0.8, 1.2)
