"""The buffer of one open stream: bounded, with the newest state of each job, so slow readers are cheap."""

import asyncio
from dataclasses import dataclass

from app.core.events import Event

MAX_BUFFERED_EVENTS = 2000
"""Events that may wait for one stream. When there are more, the buffer is emptied and the stream reads the
database again."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a stream is about: a school, narrowed to an evaluation, to a student in it, or to one job."""

    school_id: int
    evaluation_id: int | None = None
    student_id: int | None = None
    job_id: str | None = None

    @property
    def student_key(self) -> tuple[int, int] | None:
        """The ids of the evaluation and the student, if the topic is one student."""
        if self.evaluation_id is None or self.student_id is None:
            return None
        return self.evaluation_id, self.student_id

    @property
    def is_single(self) -> bool:
        """Whether it is one job or one student, as nearly all topics are."""
        return self.job_id is not None or self.student_key is not None


class Subscription:
    """Holds the events that the stream has not sent yet."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self._states: dict[str, Event] = {}
        self._sentences: dict[tuple[str, int], Event] = {}
        self._refresh_requested = False
        self._ready = asyncio.Event()
        self.ended = False

    def add(self, event: Event) -> None:
        """Keep an event. A state replaces the older state of the same job."""
        if len(self._states) + len(self._sentences) >= MAX_BUFFERED_EVENTS:
            self.discard()
        elif event.sentence is not None:
            self._sentences[event.job_id, event.sentence.index] = event
        else:
            known = self._states.get(event.job_id)
            if known is None or known.seq <= event.seq:
                self._states[event.job_id] = event
        self._ready.set()

    def discard(self) -> None:
        """Empty the buffer and request a refresh, because events were lost or may have been lost."""
        self._states.clear()
        self._sentences.clear()
        self.request_refresh()

    def request_refresh(self) -> None:
        """Make the stream read the database again. What is in the buffer stays there."""
        self._refresh_requested = True
        self._ready.set()

    def end(self) -> None:
        """End the stream: its user may no longer see the topic."""
        self.ended = True
        self._ready.set()

    async def next_events(self, timeout_seconds: float) -> list[Event]:
        """The events since the last call, in the order of `seq`; none when the time passes without any."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._ready.wait()
        except TimeoutError:
            return []
        self._ready.clear()
        events = sorted([*self._states.values(), *self._sentences.values()], key=lambda event: event.seq)
        self._states.clear()
        self._sentences.clear()
        return events

    def take_refresh_request(self) -> bool:
        """Whether a refresh was requested since the last call."""
        requested, self._refresh_requested = self._refresh_requested, False
        return requested
