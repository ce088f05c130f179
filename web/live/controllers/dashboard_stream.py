"""The event stream of the dashboard: the numbers of the queue, and the jobs in its list."""

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
from web.live.controllers.page_streams import patch, view_of_update
from web.live.counts import ROUND_INTERVAL_SECONDS, Counted, with_counts
from web.live.feed import Feed, JobUpdate
from web.live.streams import Streams, page_event_stream
from web.live.subscription import Topic
from web.pages.monitoring import page
from web.pages.monitoring.page import JOBS_PER_PAGE, PATH
from web.pages.monitoring.view import Dashboard

HISTORY_INTERVAL_SECONDS = 5.0
"""The last hour, the causes of failures and the workers are read at most this often for all streams."""


@dataclass
class ListedJobs:
    """The list of jobs on one open dashboard.

    `evaluation_ids` are the evaluations whose jobs the user may see; None for all. `newest_at` is when the
    newest job of the list was created. `newer_ids` are jobs that were created since.
    """

    job_ids: Sequence[str]
    evaluation_ids: set[int] | None = None
    newest_at: datetime | None = None
    newer_ids: set[str] = field(default_factory=set)

    async def read(self, session: AsyncSession, user: Principal) -> Sequence[JobUpdate]:
        """The present state of the jobs in the list."""
        self.evaluation_ids = await recent_jobs.visible_evaluations(session, user)
        found = await recent_jobs.visible_jobs(session, user, self.job_ids)
        self.newest_at = max((job.created_at for job in found), default=self.newest_at)
        return [initial_state.job_update(job, may_read=False) for job in found]

    def note_newer(self, update: JobUpdate) -> bool:
        """Whether this job was created after the list was rendered. True only once for each job."""
        created_at = update.state.created_at
        if created_at is None or (self.newest_at is not None and created_at <= self.newest_at):
            return False
        if update.job_id in self.newer_ids:
            return False
        self.newer_ids.add(update.job_id)
        return True

    def may_see(self, evaluation_id: int) -> bool:
        """Whether the user may see jobs of this evaluation."""
        return self.evaluation_ids is None or evaluation_id in self.evaluation_ids


class DashboardStream(Controller):
    """The stream of the dashboard."""

    path = f"/live{PATH}"
    guards = (requires("teacher", "admin"),)
    include_in_schema = False

    @get("/")
    async def dashboard(
        self,
        request: AnyRequest,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        streams: NamedDependency[Streams],
        jobs: FromQuery[str] = "",
    ) -> EventSourceResponse:
        """The numbers for the user's role, and these jobs. Jobs that the user may not see are left out."""
        listed = ListedJobs([one for one in jobs.split(",") if one][:JOBS_PER_PAGE])

        async def read(session: AsyncSession) -> Sequence[JobUpdate]:
            return await listed.read(session, user)

        await read(session)
        feed = streams.feed(request, Topic(user.school_id), read, ROUND_INTERVAL_SECONDS)
        return page_event_stream(_patches(feed, streams, user, locale, listed))


async def _patches(
    feed: Feed, streams: Streams, user: Principal, locale: Locale, listed: ListedJobs
) -> AsyncIterator[ServerSentEvent]:
    """Parts that have not changed are not sent again."""
    sent: dict[str, str] = {}
    listed_ids = set(listed.job_ids)

    async def count(since: float) -> Dashboard:
        return await _dashboard(streams, user.school_id, since)

    async for item in with_counts(feed, count, when_idle=True):
        if isinstance(item, Counted):
            parts = render.dashboard(item.value, locale, operator=user.role == "admin")
            changed = {name: html for name, html in parts.items() if sent.get(name) != html}
            sent |= changed
            if changed:
                yield patch(0, changed)
        elif not isinstance(item, JobUpdate) or not listed.may_see(item.evaluation_id):
            continue
        elif item.job_id in listed_ids:
            yield patch(item.seq, render.listed_job_state(view_of_update(item), locale))
        elif listed.note_newer(item):
            yield patch(0, render.newer_jobs(len(listed.newer_ids), locale))


async def _dashboard(streams: Streams, school_id: int, since: float) -> Dashboard:
    """The streams of a school share a count (read at `since` or later) and a history that may be older."""
    counts = await streams.queue_counts.get(school_id, since)
    return page.dashboard(counts, await streams.history.get(school_id, since - HISTORY_INTERVAL_SECONDS))
