"""Watching the dashboard: the queue's numbers at a steady pace, and the jobs on the page as they move."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.locale import Locale
from app.monitoring import recent_jobs
from web.deps import AnyRequest
from web.live import initial_state, render
from web.live.controllers.page_streams import patch, view_of
from web.live.counts import WINDOW, Told, paced
from web.live.feed import Feed, JobSeen
from web.live.streams import Streams, respond_to_page
from web.live.subscription import Topic
from web.pages.monitoring import page
from web.pages.monitoring.page import PATH, ROWS
from web.pages.monitoring.view import Board

HISTORY_EVERY = 5.0
"""Seconds: the last hour, the causes and the workers are read no more often than this, for all viewers."""


@dataclass
class Watched:
    """What is on the page of one viewer, as far as a stream must know."""

    job_ids: Sequence[str]
    evaluations: set[int] | None = None
    """Those whose jobs the viewer may see; None for all."""
    newest: datetime | None = None
    """When the newest job on the page was asked for."""
    newer: set[str] = field(default_factory=set)

    async def look(self, session: AsyncSession, user: Principal) -> Sequence[JobSeen]:
        """The jobs on the page as they are now."""
        self.evaluations = await recent_jobs.visible_evaluations(session, user)
        found = await recent_jobs.visible_jobs(session, user, self.job_ids)
        moments = [job.created_at for job in found]
        self.newest = max(moments, default=self.newest)
        return [initial_state.seen(job, with_text=False) for job in found]

    def is_new(self, item: JobSeen) -> bool:
        """Whether this job came in after the page was drawn; each is told once."""
        created = item.state.created_at
        if created is None or (self.newest is not None and created <= self.newest):
            return False
        if item.job_id in self.newer:
            return False
        self.newer.add(item.job_id)
        return True

    def may_see(self, evaluation_id: int) -> bool:
        """Whether jobs of this evaluation may be told of."""
        return self.evaluations is None or evaluation_id in self.evaluations


class BoardStream(Controller):
    """The stream of the dashboard."""

    path = f"/live{PATH}"
    guards = (requires("teacher", "admin"),)
    include_in_schema = False

    @get("/")
    async def board(
        self,
        request: AnyRequest,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        streams: NamedDependency[Streams],
        jobs: FromQuery[str] = "",
    ) -> EventSourceResponse:
        """Numbers for the reader's role, and the jobs named; others of these are left out unsaid."""
        watched = Watched([one for one in jobs.split(",") if one][:ROWS])

        async def look(session: AsyncSession) -> Sequence[JobSeen]:
            return await watched.look(session, user)

        await look(session)
        feed = streams.feed(request, Topic(user.school_id), look, WINDOW)
        return respond_to_page(_patches(feed, streams, user, locale, watched))


async def _patches(
    feed: Feed, streams: Streams, user: Principal, locale: Locale, watched: Watched
) -> AsyncIterator[ServerSentEvent]:
    """A number that has not changed is not sent again."""
    sent: dict[str, str] = {}
    shown = set(watched.job_ids)

    async def read(since: float) -> Board:
        return await _board(streams, user.school_id, since)

    async for item in paced(feed, read, resting=True):
        if isinstance(item, Told):
            drawn = render.board(item.value, locale, operator=user.role == "admin")
            changed = {name: html for name, html in drawn.items() if sent.get(name) != html}
            sent |= changed
            if changed:
                yield patch(0, changed)
        elif not isinstance(item, JobSeen) or not watched.may_see(item.evaluation_id):
            continue
        elif item.job_id in shown:
            yield patch(item.seq, render.line_state(view_of(item), locale))
        elif watched.is_new(item):
            yield patch(0, render.newer_jobs(len(watched.newer), locale))


async def _board(streams: Streams, school_id: int, since: float) -> Board:
    """All viewers of a school share a count for COUNT_EVERY and a history for HISTORY_EVERY."""
    counts = await streams.queues.get(school_id, since)
    return page.board(counts, await streams.history.get(school_id, since - HISTORY_EVERY))
