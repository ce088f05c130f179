"""What a stream sends, before it is written down as JSON or HTML: snapshot first, then what is newer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog

from app.core.db import database_is_away
from app.core.errors import AppError
from app.core.events import SEQ_STRIDE, Event, JobState, SentenceState
from web.live.hub import Hub
from web.live.subscription import Topic, Viewer

log = structlog.get_logger(__name__)

QUIET = 10.0
"""Seconds without any event after which a stream that tells more than events looks whether that is due."""

UNHURRIED = 60.0
"""Seconds that a stream which has nothing else to tell sleeps. The hub and the keeper wake it when they must;
to wake thousands for nothing was a third of what keeping them open cost."""

WITHOUT_REDIS = 3.0
"""Seconds between two looks at the database while no events come in, or while it is away itself."""

LOOKS_AT_ONCE = 4
"""Feeds of a process that read the database at the same moment, less than it has connections: so many may be
told to look again at once, and those who come in are not to be crowded out."""


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
Keep = Callable[[Viewer, Mapping[str, int]], AbstractContextManager[None]]


@dataclass
class Feed:
    """One viewer's stream of items.

    `snapshot` reads the database in a session of its own, and raises AppError when the viewer may not look.
    While the block of `keep` lasts, the keeper checks from time to time that they still may, given the `seq`
    that was told of each job.
    """

    hub: Hub
    topic: Topic
    snapshot: Snapshot
    keep: Keep
    window: float = 0.0
    """Seconds between two rounds: who watches many jobs gets the last state of each at this pace."""
    patience: float = UNHURRIED
    """Seconds that the next round waits for an event; a stream with something pending shortens it."""
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKS_AT_ONCE))
    """Shared by the feeds of a process."""
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

        Or until they may look no longer, which the keeper finds out beside all this, or a snapshot.
        """
        async with self.hub.watch(self.topic) as viewer:
            with self.keep(viewer, self._seen):
                for seen in await self._look(viewer):
                    yield seen
                while not viewer.ended:
                    async for item in self._round(viewer):
                        yield item

    async def _round(self, viewer: Viewer) -> AsyncIterator[Item]:
        events = await viewer.take(self.patience if self.hub.connected else min(self.patience, WITHOUT_REDIS))
        if not viewer.ended and (viewer.take_missed() or not self.hub.connected):
            for seen in await self._look(viewer):
                yield seen
        if viewer.ended:
            return
        for event in events:
            item = self._newer(event)
            if item is not None:
                yield item
        if not events:
            yield Resting()
        elif self.window:
            await asyncio.sleep(self.window)

    async def _look(self, viewer: Viewer) -> list[JobSeen]:
        """The database's word, less what is no news. While it is away there is simply no news."""
        try:
            async with self.turns:
                found = await self.snapshot()
        except AppError:
            viewer.end()
            return []
        except Exception as error:
            if not database_is_away(error):
                raise
            log.warning("snapshot_skipped", cause=type(error).__name__)
            await asyncio.sleep(WITHOUT_REDIS)
            viewer.look_again()
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
