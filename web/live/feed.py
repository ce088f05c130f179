"""What a stream sends, before it is written as JSON or HTML: the initial state, then whatever is newer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog

from app.core.db import database_is_away
from app.core.errors import AppError
from app.core.events import SEQ_STRIDE, Event, JobState, SentenceState
from web.live.hub import Hub
from web.live.subscription import Subscription, Topic

log = structlog.get_logger(__name__)

IDLE_TIMEOUT_SECONDS = 60.0
"""A stream that sends events only sleeps this long without any. The hub and the reauthoriser wake it when
they must. Waking thousands of streams for nothing was a third of what keeping them open cost."""

IDLE_CHECK_INTERVAL_SECONDS = 10.0
"""A stream that also sends things without an event, such as a position in the queue, does so this often."""

POLL_INTERVAL_SECONDS = 3.0
"""Streams read the database this often while no events come in, and try again this often while it is away."""

MAX_CONCURRENT_READS = 4
"""Streams of a process that read the database at the same time. All streams may be asked to refresh at once,
and these reads must leave connections for everybody else."""


@dataclass(frozen=True, slots=True)
class JobUpdate:
    """The present state of a job, with the sentences of its running attempt.

    `may_read`: whether this user may read sentences. Only a read of the database knows that, so it is False
    in an update that an event caused.
    """

    job_id: str
    evaluation_id: int
    student_id: int
    seq: int
    state: JobState
    may_read: bool = False
    sentences: tuple[SentenceState, ...] = ()

    @property
    def stored(self) -> bool:
        """Whether the state is stored in the job's row, rather than progress within an attempt."""
        return self.seq % SEQ_STRIDE == 0


@dataclass(frozen=True, slots=True)
class SentenceUpdate:
    """A sentence that has just been checked."""

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
class Idle:
    """Nothing new came for a while. A stream may use the pause for what needs no event."""


Item = JobUpdate | SentenceUpdate | TextStored | Idle
ReadState = Callable[[], Awaitable[Sequence[JobUpdate]]]
"""Reads the present state from the database. Raises AppError when the user may no longer see it."""

Register = Callable[[Subscription, Mapping[str, int]], AbstractContextManager[None]]
"""Has the reauthoriser check the subscription until the block ends. The mapping has the `seq` that was sent
of each job."""


@dataclass
class Feed:
    """The items of one stream.

    `min_interval_seconds` is the time between two rounds. A stream about many jobs uses it, and then gets
    only the last state of each job. `timeout_seconds` is how long a round waits for an event. A stream that
    has something else to send makes it shorter. `read_slots` is shared by the feeds of a process.
    """

    hub: Hub
    topic: Topic
    read_state: ReadState
    register: Register
    min_interval_seconds: float = 0.0
    timeout_seconds: float = IDLE_TIMEOUT_SECONDS
    read_slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_READS))
    _sent: dict[str, int] = field(default_factory=dict)

    def resume_after(self, job_id: str, last_event_id: str | None) -> None:
        """Send nothing older than what a returning client received last (its Last-Event-ID).

        The row of a running job may be some seconds behind the events. The state that the client received
        last is sent once more, because it may be the last one of the job.
        """
        if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
            self._sent[job_id] = int(last_event_id) - 1

    async def items(self) -> AsyncGenerator[Item, None]:
        """1. Subscribe. 2. Send the initial state. 3. Send whatever is newer, until the client leaves.

        The items also end when the user may no longer see the topic. A read of the database notices that, or
        the reauthoriser.
        """
        async with self.hub.subscribe(self.topic) as subscription:
            with self.register(subscription, self._sent):
                for update in await self._read_news(subscription):
                    yield update
                while not subscription.ended:
                    async for item in self._round(subscription):
                        yield item

    async def _round(self, subscription: Subscription) -> AsyncIterator[Item]:
        timeout = self.timeout_seconds
        events = await subscription.next_events(
            timeout if self.hub.connected else min(timeout, POLL_INTERVAL_SECONDS)
        )
        if not subscription.ended and (subscription.take_refresh_request() or not self.hub.connected):
            for update in await self._read_news(subscription):
                yield update
        if subscription.ended:
            return
        for event in events:
            item = self._item(event)
            if item is not None:
                yield item
        if not events:
            yield Idle()
        elif self.min_interval_seconds:
            await asyncio.sleep(self.min_interval_seconds)

    async def _read_news(self, subscription: Subscription) -> list[JobUpdate]:
        """The states in the database that are newer than what was sent; none while the database is away."""
        try:
            async with self.read_slots:
                updates = await self.read_state()
        except AppError:
            subscription.end()
            return []
        except Exception as error:
            if not database_is_away(error):
                raise
            log.warning("snapshot_skipped", cause=type(error).__name__)
            await asyncio.sleep(POLL_INTERVAL_SECONDS)
            subscription.request_refresh()
            return []
        return [update for update in updates if self._is_newer(update)]

    def _is_newer(self, update: JobUpdate) -> bool:
        return update.seq > self._sent.get(update.job_id, -1) and self._record(update.job_id, update.seq)

    def _item(self, event: Event) -> Item | None:
        """The event as an item, or None when a newer state of its job was sent already."""
        if not self._record(event.job_id, event.seq):
            return None
        if event.sentence is not None:
            return SentenceUpdate(event.job_id, event.student_id, event.seq, event.sentence)
        if event.job is not None:
            return JobUpdate(event.job_id, event.evaluation_id, event.student_id, event.seq, event.job)
        return TextStored(event.job_id, event.student_id, event.seq)

    def _record(self, job_id: str, seq: int) -> bool:
        """Note that this `seq` is sent; False when a newer one was sent already."""
        if seq < self._sent.get(job_id, -1):
            return False
        self._sent[job_id] = seq
        return True
