"""A viewer's buffer: bounded, and the last state wins, so that whoever does not read costs nothing."""

import asyncio
from dataclasses import dataclass

from app.core.events import Event

MOST_BUFFERED = 2000
"""Different jobs that may wait for one viewer; past that it is told to look at the database again."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a viewer looks at: a school, narrowed to an evaluation, a pupil in it, or one job."""

    school_id: int
    evaluation_id: int | None = None
    student_id: int | None = None
    job_id: str | None = None

    @property
    def student(self) -> tuple[int, int] | None:
        """The evaluation and the pupil, when that is all that is looked at."""
        if self.evaluation_id is None or self.student_id is None:
            return None
        return self.evaluation_id, self.student_id

    @property
    def narrow(self) -> bool:
        """Whether it is one job or one pupil, as nearly all viewers have it."""
        return self.job_id is not None or self.student is not None


class Viewer:
    """Holds what its stream has not sent yet. Only the newest state of a job is kept."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self._states: dict[str, Event] = {}
        self._sentences: dict[tuple[str, int], Event] = {}
        self._missed = False
        self._ready = asyncio.Event()
        self.ended = False

    def offer(self, event: Event) -> None:
        """Keep an event, in place of an older one of the same job."""
        if len(self._states) + len(self._sentences) >= MOST_BUFFERED:
            self.lose()
        elif event.sentence is not None:
            self._sentences[event.job_id, event.sentence.index] = event
        else:
            known = self._states.get(event.job_id)
            if known is None or known.seq <= event.seq:
                self._states[event.job_id] = event
        self._ready.set()

    def lose(self) -> None:
        """Events were or may have been lost: forget the buffer and ask for a new snapshot."""
        self._states.clear()
        self._sentences.clear()
        self._missed = True
        self._ready.set()

    def look_again(self) -> None:
        """The database knows more than was told: ask for a new snapshot, and keep what waits."""
        self._missed = True
        self._ready.set()

    def end(self) -> None:
        """Whoever looks may do so no longer."""
        self.ended = True
        self._ready.set()

    async def take(self, seconds: float) -> list[Event]:
        """What came since the last call, in the order of `seq`; empty when `seconds` pass without any."""
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError:
            return []
        self._ready.clear()
        events = sorted([*self._states.values(), *self._sentences.values()], key=lambda event: event.seq)
        self._states.clear()
        self._sentences.clear()
        return events

    def take_missed(self) -> bool:
        """Whether a new snapshot is due; asks once."""
        missed, self._missed = self._missed, False
        return missed
