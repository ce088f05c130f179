"""What a stream begins with: the database's word on one job, one pupil, or a class."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.clock import Monotonic, monotonic
from app.core.db import SessionFactory
from app.core.events import SentenceState
from app.evaluations import access
from app.jobs import queries
from app.jobs.events import job_state
from app.jobs.models import Job
from app.summaries import service
from web.live.feed import JobSeen

COUNT_EVERY = 0.5
"""Seconds: all viewers of a class together cause at most one count in this time."""


def seen(job: Job, *, with_text: bool) -> JobSeen:
    """A row as a stream tells it; the sentences of the running attempt only to who may read them."""
    drafts = job.draft if with_text and job.draft else []
    sentences = tuple(SentenceState(one["index"], one["kind"], one["text"]) for one in drafts)
    return JobSeen(job.id, job.evaluation_id, job.student_id, job.seq, job_state(job), sentences)


async def may_read_along(session: AsyncSession, user: Principal, evaluation_id: int) -> bool:
    """Whether sentences may be shown while they are written: a pupil waits for a release by the teacher."""
    evaluation = await access.visible_evaluation(session, user, evaluation_id)
    return user.is_staff or evaluation.release == "automatic"


async def of_job(
    session: AsyncSession, user: Principal, job_id: str, *, with_text: bool
) -> Sequence[JobSeen]:
    """One job. Raises NotFound."""
    return [seen(await service.visible_job(session, user, job_id), with_text=with_text)]


async def of_pupil(
    session: AsyncSession, evaluation_id: int, student_id: int, *, with_text: bool
) -> Sequence[JobSeen]:
    """The newest job of a pupil, if there is one."""
    job = await queries.latest(session, evaluation_id, student_id)
    return [] if job is None else [seen(job, with_text=with_text)]


async def of_class(session: AsyncSession, evaluation_id: int) -> Sequence[JobSeen]:
    """The newest job of every pupil, without any text."""
    newest = await queries.latest_of_each(session, evaluation_id)
    return [seen(job, with_text=False) for job in newest.values()]


@dataclass
class ClassCounts:
    """How many pupils of a class stand where, counted once for all who watch it."""

    sessions: SessionFactory
    clock: Monotonic = monotonic
    _counted: dict[int, tuple[float, dict[str, int]]] = field(default_factory=dict)
    _locks: dict[int, asyncio.Lock] = field(default_factory=dict)

    async def get(self, evaluation_id: int, since: float) -> dict[str, int]:
        """Counts by state that were read no earlier than `since`; {"none": …} are pupils without a job."""
        async with self._locks.setdefault(evaluation_id, asyncio.Lock()):
            at, counts = self._counted.get(evaluation_id, (-1.0, {}))
            if at < since:
                at = self.clock()
                async with self.sessions() as session:
                    counts = await queries.counts_by_state(session, evaluation_id)
                self._counted[evaluation_id] = (at, counts)
            return counts

    def forget(self, evaluation_id: int) -> None:
        """Nobody watches this class any more."""
        self._counted.pop(evaluation_id, None)
        self._locks.pop(evaluation_id, None)
