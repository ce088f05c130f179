"""The event streams of the pages: `patch` events that hold the page's own partials, drawn anew."""

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
from app.jobs.sql import reads
from app.jobs.states import TERMINAL
from app.summaries import repository
from app.summaries.presenters import eta_seconds
from web.deps import AnyRequest
from web.live import initial_state, render
from web.live.counts import WINDOW, Told, class_items
from web.live.feed import QUIET, UNHURRIED, Feed, Item, JobSeen, Resting, SentenceSeen, TextStored
from web.live.streams import Streams, respond_to_page
from web.live.subscription import Topic
from web.pages.evaluations.presenters import evaluation_counts, summary_brief
from web.pages.shared.presenters import job_view
from web.pages.shared.view import JobView, version
from web.pages.students import student_page
from web.pages.students.view import SentenceView, SummaryView

_encode = msgspec.json.Encoder().encode


class PageStreams(Controller):
    """One stream per page; a page whose stream cannot be had reloads parts of itself instead."""

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
        """The class page: rows as they move, and how far the class is."""

        async def look(session: AsyncSession) -> Sequence[JobSeen]:
            return await initial_state.class_now(session, user, evaluation_id)

        await look(session)
        feed = streams.feed(request, Topic(user.school_id, evaluation_id), look, WINDOW)
        return respond_to_page(_class_patches(feed, streams, evaluation_id, locale))

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
        """A pupil's page: place in line, progress, and the sentences as they are checked."""

        with_text = await initial_state.admit_to_student(session, user, evaluation_id, student_id)

        async def look(session: AsyncSession) -> Sequence[JobSeen]:
            return await initial_state.student_now(session, evaluation_id, student_id, with_text=with_text)

        feed = streams.feed(request, Topic(user.school_id, evaluation_id, student_id), look)
        return respond_to_page(
            StudentPatches(feed, streams, user, locale, evaluation_id, student_id).events()
        )

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

        with_text = await initial_state.admit_to_job(session, user, job_id)

        async def look(session: AsyncSession) -> Sequence[JobSeen]:
            return await initial_state.job_now(session, user.school_id, job_id, with_text=with_text)

        feed = streams.feed(request, Topic(user.school_id, job_id=job_id), look)
        return respond_to_page(_job_patches(feed, locale))


async def _class_patches(
    feed: Feed, streams: Streams, evaluation_id: int, locale: Locale
) -> AsyncIterator[ServerSentEvent]:
    """Rows from events alone; after an ended job also how its summary came about, in one short session."""
    async for item in class_items(feed, streams.counts, evaluation_id):
        if isinstance(item, Told):
            counts = evaluation_counts(item.value, await streams.pace())
            yield patch(0, render.evaluation_counts(counts, locale))
        elif isinstance(item, JobSeen):
            yield patch(item.seq, render.job_row(view_of(item), locale))
            if item.state.status in TERMINAL:
                yield patch(item.seq, await _brief(streams, evaluation_id, item.student_id, locale))


async def _brief(streams: Streams, evaluation_id: int, student_id: int, locale: Locale) -> render.Patch:
    async with streams.sessions() as session:
        summary = await repository.get_by_student(session, evaluation_id, student_id)
        if summary is None:
            return {}
        fresh = await repository.is_fresh(session, summary)
    brief = summary_brief(summary, stale=not fresh and not summary.provisional)
    return render.student_summary(brief, locale)


async def _job_patches(feed: Feed, locale: Locale) -> AsyncIterator[ServerSentEvent]:
    async for item in feed.items():
        if isinstance(item, JobSeen):
            yield patch(item.seq, render.job_detail(view_of(item), locale))
            if item.state.status in TERMINAL:
                yield _end()
                return


class StudentPatches:
    """What a pupil's page is sent. Ends when the newest job has ended and its text has been shown."""

    def __init__(
        self,
        feed: Feed,
        streams: Streams,
        user: Principal,
        locale: Locale,
        evaluation_id: int,
        student_id: int,
    ) -> None:
        self._feed = feed
        self._streams = streams
        self._user = user
        self._locale = locale
        self._place = (evaluation_id, student_id)
        self._waiting: str | None = None
        self._job_id: str | None = None
        self._reads_along = False

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """Patches in the order of the feed."""
        async for item in self._feed.items():
            async for event in self._patches(item):
                yield event
            if isinstance(item, JobSeen) and item.state.status in TERMINAL:
                yield _end()
                return

    async def _patches(self, item: Item) -> AsyncIterator[ServerSentEvent]:
        if isinstance(item, JobSeen):
            async for event in self._job(item):
                yield event
        elif isinstance(item, SentenceSeen) and self._reads_along:
            view = SentenceView(item.sentence.index, item.sentence.kind, item.sentence.text)
            yield patch(item.seq, render.student_sentence(item.job_id, item.seq, view, self._locale))
        elif isinstance(item, TextStored):
            yield patch(item.seq, await self._stored())
        elif isinstance(item, Resting) and self._waiting is not None:
            yield patch(0, await self._progress(self._waiting))

    async def _job(self, item: JobSeen) -> AsyncIterator[ServerSentEvent]:
        """A waiting job is drawn with its place in line, a started one clears an earlier attempt's text."""
        status = item.state.status
        self._reads_along = self._reads_along or item.with_text
        in_line = status == "queued" and item.state.next_retry_at is None and not item.state.held
        self._waiting = item.job_id if in_line else None
        self._feed.patience = QUIET if in_line else UNHURRIED
        if self._waiting is not None:
            yield patch(item.seq, await self._progress(item.job_id))
        else:
            yield patch(item.seq, render.student_progress(view_of(item), self._locale))
        if status == "processing" and (item.stored or self._job_id is None):
            written = tuple(SentenceView(one.index, one.kind, one.text) for one in item.sentences)
            view = SummaryView(version(item.job_id, item.seq), None, written)
            yield patch(item.seq, render.own_summary(view, self._locale))
        elif status in TERMINAL:
            yield patch(item.seq, await self._stored())
        self._job_id = item.job_id

    async def _progress(self, job_id: str) -> render.Patch:
        """The place in line is looked up, at most once in a while, instead of told to all who wait."""
        pace = await self._streams.pace()
        async with self._streams.sessions() as session:
            job = await reads.get(session, self._user.school_id, job_id)
            if job is None:
                return {}
            position = await reads.position(session, job)
        view = job_view(job, position, eta_seconds(job, position, pace))
        return render.student_progress(view, self._locale)

    async def _stored(self) -> render.Patch:
        async with self._streams.sessions() as session:
            await access.visible_student(session, self._user, *self._place)
            found = await student_page.released_summary(session, self._user, *self._place)
        return {} if found is None else render.own_summary(found, self._locale)


def view_of(seen: JobSeen) -> JobView:
    """A job of a stream as pages draw it."""
    return JobView(seen.job_id, seen.evaluation_id, seen.student_id, seen.seq, seen.state)


def patch(seq: int, html: render.Patch) -> ServerSentEvent:
    """Drawings for the page, by element."""
    return ServerSentEvent(event="patch", data=_encode({"seq": seq, "html": dict(html)}).decode())


def _end() -> ServerSentEvent:
    return ServerSentEvent(event="end", data="{}")
