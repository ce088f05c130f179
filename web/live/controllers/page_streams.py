"""The event streams of the pages. A `patch` event holds parts of the page, rendered again."""

from collections.abc import AsyncIterator, Sequence

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.locale import Locale
from app.evaluations import access
from app.jobs.events import status_of
from app.jobs.sql import reads
from app.jobs.states import TERMINAL, Status
from app.summaries import repository
from app.summaries.presenters import eta_seconds
from web.deps import AnyRequest
from web.live import initial_state, render
from web.live.counts import ROUND_INTERVAL_SECONDS, Counted, evaluation_items
from web.live.feed import (
    IDLE_CHECK_INTERVAL_SECONDS,
    IDLE_TIMEOUT_SECONDS,
    Feed,
    Idle,
    Item,
    JobUpdate,
    SentenceUpdate,
    TextStored,
)
from web.live.streams import Streams, page_event_stream
from web.live.subscription import Topic
from web.pages.evaluations.presenters import evaluation_counts, summary_brief
from web.pages.shared.presenters import job_view
from web.pages.shared.view import JobView, version
from web.pages.students import student_page
from web.pages.students.view import SentenceView, SummaryView

_encode = msgspec.json.Encoder().encode


class PageStreams(Controller):
    """One stream per page. A page that cannot open its stream fetches itself from time to time instead."""

    path = "/live"
    guards = (requires(),)
    include_in_schema = False

    @get("/evaluations/{evaluation_id:int}")
    async def evaluation(
        self,
        request: AnyRequest,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        streams: NamedDependency[Streams],
        evaluation_id: FromPath[int],
    ) -> EventSourceResponse:
        """A teacher's page of an evaluation: its rows and its counts."""

        async def read(session: AsyncSession) -> Sequence[JobUpdate]:
            return await initial_state.read_evaluation(session, user, evaluation_id)

        await read(session)  # raises before the stream begins
        feed = streams.feed(request, Topic(user.school_id, evaluation_id), read, ROUND_INTERVAL_SECONDS)
        return page_event_stream(_evaluation_patches(feed, streams, evaluation_id, locale))

    @get("/evaluations/{evaluation_id:int}/students/{student_id:int}")
    async def student(
        self,
        request: AnyRequest,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        streams: NamedDependency[Streams],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> EventSourceResponse:
        """A student's page: position in the queue, progress, and the sentences as they are checked."""
        may_read = await initial_state.authorise_student(session, user, evaluation_id, student_id)

        async def read(session: AsyncSession) -> Sequence[JobUpdate]:
            return await initial_state.read_student(session, evaluation_id, student_id, may_read=may_read)

        feed = streams.feed(request, Topic(user.school_id, evaluation_id, student_id), read)
        patches = StudentPatches(feed, streams, user, locale, (evaluation_id, student_id))
        return page_event_stream(patches.events())

    @get("/jobs/{job_id:str}")
    async def job(
        self,
        request: AnyRequest,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        streams: NamedDependency[Streams],
        job_id: FromPath[str],
    ) -> EventSourceResponse:
        """A job's page."""
        may_read = await initial_state.authorise_job(session, user, job_id)

        async def read(session: AsyncSession) -> Sequence[JobUpdate]:
            return await initial_state.read_job(session, user.school_id, job_id, may_read=may_read)

        feed = streams.feed(request, Topic(user.school_id, job_id=job_id), read)
        return page_event_stream(_job_patches(feed, locale))


async def _evaluation_patches(
    feed: Feed, streams: Streams, evaluation_id: int, locale: Locale
) -> AsyncIterator[ServerSentEvent]:
    """Rows come from events alone. After a job has ended, its summary is read too, in one short session."""
    async for item in evaluation_items(feed, streams.evaluation_counts, evaluation_id):
        if isinstance(item, Counted):
            counts = evaluation_counts(item.value, await streams.pace())
            yield patch(0, render.evaluation_counts(counts, locale))
        elif isinstance(item, JobUpdate):
            yield patch(item.seq, render.job_row(view_of_update(item), locale))
            if item.state.status in TERMINAL:
                yield patch(item.seq, await _summary_brief(streams, evaluation_id, item.student_id, locale))


async def _summary_brief(
    streams: Streams, evaluation_id: int, student_id: int, locale: Locale
) -> render.Patch:
    async with streams.sessions() as session:
        summary = await repository.get_by_student(session, evaluation_id, student_id)
        if summary is None:
            return {}
        fresh = await repository.is_fresh(session, summary)
    brief = summary_brief(summary, stale=not fresh and not summary.provisional)
    return render.summary_brief(brief, locale)


async def _job_patches(feed: Feed, locale: Locale) -> AsyncIterator[ServerSentEvent]:
    async for item in feed.items():
        if isinstance(item, JobUpdate):
            yield patch(item.seq, render.job_detail(view_of_update(item), locale))
            if item.state.status in TERMINAL:
                yield _end()
                return


class StudentPatches:
    """The events of a student's page. They end when the newest job has ended and its text has been sent."""

    def __init__(
        self, feed: Feed, streams: Streams, user: Principal, locale: Locale, student_key: tuple[int, int]
    ) -> None:
        self._feed = feed
        self._streams = streams
        self._user = user
        self._locale = locale
        self._student_key = student_key
        self._job_id_in_queue: str | None = None
        self._newest_job_id: str | None = None
        self._may_read = False

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """Patches in the order of the feed."""
        async for item in self._feed.items():
            async for event in self._patches(item):
                yield event
            if isinstance(item, JobUpdate) and item.state.status in TERMINAL:
                yield _end()
                return

    async def _patches(self, item: Item) -> AsyncIterator[ServerSentEvent]:
        if isinstance(item, JobUpdate):
            async for event in self._job_patches(item):
                yield event
        elif isinstance(item, SentenceUpdate) and self._may_read:
            view = SentenceView(item.sentence.index, item.sentence.kind, item.sentence.text)
            yield patch(item.seq, render.student_sentence(item.job_id, item.seq, view, self._locale))
        elif isinstance(item, TextStored):
            yield patch(item.seq, await self._released_summary())
        elif isinstance(item, Idle) and self._job_id_in_queue is not None:
            yield patch(0, await self._progress_in_queue(self._job_id_in_queue))

    async def _job_patches(self, item: JobUpdate) -> AsyncIterator[ServerSentEvent]:
        """The progress, and the text if that changes. A started job clears the text of an earlier attempt."""
        status = item.state.status
        self._may_read = self._may_read or item.may_read
        in_queue = status_of(item.state) is Status.WAITING
        self._job_id_in_queue = item.job_id if in_queue else None
        self._feed.timeout_seconds = IDLE_CHECK_INTERVAL_SECONDS if in_queue else IDLE_TIMEOUT_SECONDS
        if in_queue:
            yield patch(item.seq, await self._progress_in_queue(item.job_id))
        else:
            yield patch(item.seq, render.student_progress(view_of_update(item), self._locale))
        if status == "processing" and (item.stored or self._newest_job_id is None):
            written = tuple(SentenceView(one.index, one.kind, one.text) for one in item.sentences)
            view = SummaryView(version(item.job_id, item.seq), None, written)
            yield patch(item.seq, render.student_summary(view, self._locale))
        elif status in TERMINAL:
            yield patch(item.seq, await self._released_summary())
        self._newest_job_id = item.job_id

    async def _progress_in_queue(self, job_id: str) -> render.Patch:
        """The position is read now and then for each student, and not sent to everyone who waits."""
        pace = await self._streams.pace()
        async with self._streams.sessions() as session:
            job = await reads.get(session, self._user.school_id, job_id)
            if job is None:
                return {}
            position = await reads.position(session, job)
        view = job_view(job, position, eta_seconds(job, position, pace))
        return render.student_progress(view, self._locale)

    async def _released_summary(self) -> render.Patch:
        async with self._streams.sessions() as session:
            await access.visible_student(session, self._user, *self._student_key)
            found = await student_page.released_summary(session, self._user, *self._student_key)
        return {} if found is None else render.student_summary(found, self._locale)


def view_of_update(update: JobUpdate) -> JobView:
    """A job of a stream as pages show it."""
    return JobView(update.job_id, update.evaluation_id, update.student_id, update.seq, update.state)


def patch(seq: int, html: render.Patch) -> ServerSentEvent:
    """An event with parts of a page, by element id."""
    return ServerSentEvent(event="patch", data=_encode({"seq": seq, "html": dict(html)}).decode())


def _end() -> ServerSentEvent:
    return ServerSentEvent(event="end", data="{}")
