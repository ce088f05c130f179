"""Events over pub/sub: the whole small state of a job with a rising `seq`. Losing one does no harm."""

import time
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Literal

import msgspec
import redis.asyncio

SEQ_STRIDE = 1_000_000
"""A stored change of state moves a job's `seq` to the next multiple of this. The progress events of a running
attempt are not stored and have numbers in between, so a stored change always has a higher number."""

CANCEL_CHANNEL = "terugblik:cancel"
"""Workers subscribe to it. A message is the id of a job to stop."""


def school_channel(school_id: int) -> str:
    """The pub/sub channel of a school."""
    return f"terugblik:school:{school_id}"


class JobState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a page needs to show a job. It holds no text of a summary."""

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
    """Whether it waits because its school has paused the lane."""


class SentenceState(msgspec.Struct, frozen=True):
    """One checked sentence of a summary, for viewers who may read it."""

    index: int
    kind: str
    text: str


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message on a school's channel. `seq` rises over all attempts of a job."""

    name: Literal["job", "sentence", "summary"]
    school_id: int
    evaluation_id: int
    student_id: int
    job_id: str
    seq: int
    job: JobState | None = None
    sentence: SentenceState | None = None
    sent_at: float = 0.0
    """Seconds since 1970; the publisher sets it."""


class CancelSignal(msgspec.Struct, frozen=True):
    """Stops the attempt of this job at once. Without it the next renewal of the lease fails and stops it."""

    job_id: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


def decode(raw: bytes) -> Event:
    """The event of a message on a school's channel. Raises msgspec.DecodeError."""
    return _decoder.decode(raw)


_PUBLISH_ALL = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end"
"""The arguments are channel, message, channel, message, ….

A pipeline of a thousand events blocks the event loop for five times as long.
"""


class Publisher:
    """Publishes events in one round trip."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client

    async def publish(self, events: Sequence[Event | CancelSignal]) -> None:
        """Publish events in this order. Raises redis.RedisError; nothing but a live update is lost then."""
        now = time.time()
        if len(events) == 1:
            await self._client.publish(*_message(events[0], now))
            return
        await self._client.eval(
            _PUBLISH_ALL, 0, *chain.from_iterable(_message(event, now) for event in events)
        )


def _message(event: Event | CancelSignal, now: float) -> tuple[bytes, bytes]:
    """The channel, and what is published there."""
    if isinstance(event, CancelSignal):
        return CANCEL_CHANNEL.encode(), event.job_id.encode()
    stamped = msgspec.structs.replace(event, sent_at=now)
    return school_channel(event.school_id).encode(), _encoder.encode(stamped)
