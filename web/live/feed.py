"""What a stream sends, before it is written down as JSON or HTML: snapshot first, then what is newer."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from app.core.clock import Monotonic, monotonic
from app.core.db import database_is_away
from app.core.errors import AppError, Unavailable
from app.core.events import SEQ_STRIDE, Event, JobState, SentenceState
from web.live.hub import Hub
from web.live.viewer import Topic, Viewer

log = structlog.get_logger(__name__)

QUIET = 10.0
"""Seconds without any event after which a stream looks whether anything else is due."""

RECHECK_EVERY = 60.0
"""Seconds between two checks that the viewer is still logged in and still allowed to look. They also tell
what is news: an event may have been lost between a worker and Redis, where nobody here could notice."""

WITHOUT_REDIS = 3.0
"""Seconds between two looks at the database while no events come in."""


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job's state as a viewer should see it now."""

    job_id: str
    evaluation_id: int
    student_id: int
    seq: int
    state: JobState
    with_text: bool = False
    """Whether this viewer may read sentences; only a snapshot knows, an event says no."""
    sentences: tuple[SentenceState, ...] = ()

    @property
    def stored(self) -> bool:
        """Whether this is a change of state, rather than progress within an attempt."""
        return self.seq % SEQ_STRIDE == 0


@dataclass(frozen=True, slots=True)
class SentenceSeen:
    """A newly checked sentence."""

    job_id: str
    student_id: int
    seq: int
    sentence: SentenceState


@dataclass(frozen=True, slots=True)
class TextStored:
    """A text was stored although its job goes on: the stand-in while the model is away."""

    job_id: str
    student_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Resting:
    """Nothing new for a while; a stream may use the pause for what is told seldom."""


Item = JobSeen | SentenceSeen | TextStored | Resting
Snapshot = Callable[[], Awaitable[Sequence[JobSeen]]]
Recheck = Callable[[], Awaitable[None]]


class NoLongerAllowed(Exception):
    """The viewer has logged out, or may not see this any more."""


@dataclass
class Feed:
    """One viewer's stream of items.

    `snapshot` reads the database in a session of its own, and raises AppError when the viewer may not look;
    `recheck` raises it when they are no longer logged in.
    """

    hub: Hub
    topic: Topic
    snapshot: Snapshot
    recheck: Recheck
    window: float = 0.0
    """Seconds between two rounds: who watches many jobs gets the last state of each at this pace."""
    patience: float = QUIET
    """Seconds that the next round waits for an event; a stream with something pending shortens it."""
    clock: Monotonic = monotonic
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Shared by the feeds of a process, for their checks."""
    _seen: dict[str, int] = field(default_factory=dict)

    def resume(self, job_id: str, heard: str | None) -> None:
        """Tell a viewer who comes back nothing older of its job than it heard last, as Last-Event-ID says.

        What a row says may be behind what was told of a running job by some seconds. The state that was heard
        last is told once more, for it may be the end.
        """
        if heard is not None and heard.isascii() and heard.isdigit():
            self._seen[job_id] = int(heard) - 1

    async def items(self) -> AsyncIterator[Item]:
        """1. Subscribe. 2. Snapshot. 3. Forward what is newer than what was sent, until the viewer leaves.

        The check whether they may still look goes on beside 3, and holds up nothing.
        """
        checking: asyncio.Task[Sequence[JobSeen]] | None = None
        due_at = self._next_check()
        try:
            async with self.hub.watch(self.topic) as viewer:
                for seen in await self._look():
                    yield seen
                while True:
                    async for item in self._round(viewer):
                        yield item
                    if checking is None and self.clock() >= due_at:
                        checking = asyncio.create_task(self._check())
                    elif checking is not None and checking.done():
                        found, due_at = checking.result(), self._next_check()
                        checking = None
                        for seen in filter(self._is_news, found):
                            yield seen
        except NoLongerAllowed:
            return
        finally:
            if checking is not None:
                checking.cancel()

    async def _round(self, viewer: Viewer) -> AsyncIterator[Item]:
        events = await viewer.take(min(self.patience, QUIET if self.hub.connected else WITHOUT_REDIS))
        if viewer.take_missed() or not self.hub.connected:
            for seen in await self._look():
                yield seen
        for event in events:
            item = self._newer(event)
            if item is not None:
                yield item
        if not events:
            yield Resting()
        elif self.window:
            await asyncio.sleep(self.window)

    async def _look(self) -> list[JobSeen]:
        """The database's word, less what is no news. While it is away there is simply no news."""
        try:
            found = await self.snapshot()
        except Exception as error:
            if not database_is_away(error):
                raise
            log.warning("snapshot_skipped", cause=type(error).__name__)
            await asyncio.sleep(WITHOUT_REDIS)
            return []
        return [seen for seen in found if self._is_news(seen)]

    def _is_news(self, seen: JobSeen) -> bool:
        return seen.seq > self._seen.get(seen.job_id, -1) and self._note(seen.job_id, seen.seq)

    def _newer(self, event: Event) -> Item | None:
        """The event as an item, or None when a newer state of its job was sent already."""
        if not self._note(event.job_id, event.seq):
            return None
        if event.sentence is not None:
            return SentenceSeen(event.job_id, event.student_id, event.seq, event.sentence)
        if event.job is not None:
            return JobSeen(event.job_id, event.evaluation_id, event.student_id, event.seq, event.job)
        return TextStored(event.job_id, event.student_id, event.seq)

    def _note(self, job_id: str, seq: int) -> bool:
        if seq < self._seen.get(job_id, -1):
            return False
        self._seen[job_id] = seq
        return True

    def _next_check(self) -> float:
        """Spread, so that those who came together do not ask together."""
        return self.clock() + RECHECK_EVERY * random.uniform(0.8, 1.2)

    async def _check(self) -> Sequence[JobSeen]:
        """What the database says, for who may still look. Raises NoLongerAllowed.

        One viewer of the process at a time, so that those who just come in are never crowded out; and that
        too many are here, or that the database is away, says nothing against anybody.
        """
        try:
            async with self.turns:
                await self.recheck()
                return await self.snapshot()
        except Unavailable:
            return ()
        except AppError as fault:
            raise NoLongerAllowed from fault
        except Exception as error:
            if not database_is_away(error):
                raise
            return ()
