"""What is told over pub/sub: small, whole states with a rising `seq`; losing one is harmless."""

import time
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Literal

import msgspec
import redis.asyncio

SEQ_STRIDE = 1_000_000
"""A stored change of state moves a job's `seq` to the next multiple of this. A running attempt numbers
its own unstored progress events in between, so that no other writer can be overtaken by them."""

CANCEL_CHANNEL = "terugblik:cancel"
"""Workers listen here for ids of jobs to stop; the payload is the job's id."""


def school_channel(school_id: int) -> str:
    """The one pub/sub channel of a school."""
    return f"terugblik:school:{school_id}"


class JobState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole small state of a job: what a page needs to draw it, and no text."""

    status: str
    priority: str
    progress: int
    stage: str | None = None
    retry_count: int = 0
    max_retries: int = 3
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    next_retry_at: datetime | None = None
    error_code: str | None = None
    held: bool = False
    """It waits because its school has paused the lane."""


class SentenceState(msgspec.Struct, frozen=True):
    """One checked sentence, for those who may read it."""

    index: int
    kind: str
    text: str


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message on a school's channel. `seq` rises within a job, over all its attempts."""

    name: Literal["job", "sentence", "summary"]
    school_id: int
    evaluation_id: int
    student_id: int
    job_id: str
    seq: int
    job: JobState | None = None
    sentence: SentenceState | None = None
    sent_at: float = 0.0
    """In seconds of Unix time; set by the publisher."""


class CancelSignal(msgspec.Struct, frozen=True):
    """Tells the worker that runs this job to stop now; its next lease renewal would say so too."""

    job_id: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


def decode(raw: bytes) -> Event:
    """Read one message of a school's channel. Raises msgspec.DecodeError."""
    return _decoder.decode(raw)


_PUBLISH_ALL = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end"
"""Channel and message in turn. A thousand events in a pipeline hold up the event loop five times as long."""


class Publisher:
    """Publishes events in one round trip."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client

    async def publish(self, events: Sequence[Event | CancelSignal]) -> None:
        """Raises redis.RedisError; callers treat that as gossip not told."""
        now = time.time()
        if len(events) == 1:
            await self._client.publish(*_told(events[0], now))
            return
        await self._client.eval(_PUBLISH_ALL, 0, *chain.from_iterable(_told(event, now) for event in events))


def _told(event: Event | CancelSignal, now: float) -> tuple[bytes, bytes]:
    """Where it goes, and what is said there."""
    if isinstance(event, CancelSignal):
        return CANCEL_CHANNEL.encode(), event.job_id.encode()
    stamped = msgspec.structs.replace(event, sent_at=now)
    return school_channel(event.school_id).encode(), _encoder.encode(stamped)
