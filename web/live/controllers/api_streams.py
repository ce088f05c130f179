"""The event streams of the API: `job`, `sentence`, `counts` and `end`, as JSON."""

from collections.abc import AsyncIterator, Sequence

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.events import JobState, SentenceState
from app.jobs.states import TERMINAL
from app.summaries.api import BASE
from web.deps import AnyRequest
from web.live import initial_state
from web.live.counts import WINDOW, Told, class_items, queue_counts
from web.live.feed import Feed, JobSeen, SentenceSeen
from web.live.streams import Streams, respond
from web.live.subscription import Topic

_encode = msgspec.json.Encoder().encode


class JobEvent(msgspec.Struct):
    """The whole small state of a job; `seq` rises with every change."""

    job_id: str
    evaluation_id: int
    student_id: int
    seq: int
    state: JobState


class ApiStreams(Controller):
    """Server-sent events; each stream begins with a snapshot."""

    path = BASE
    tags = ("Events",)
    guards = (requires(),)

    @get("/jobs/{job_id:str}/events", media_type="text/event-stream")
    async def job(
        self,
        request: AnyRequest,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        streams: NamedDependency[Streams],
        job_id: FromPath[str],
    ) -> EventSourceResponse:
        """One job until it ends, with its sentences for who may read them."""

        with_text = await initial_state.admit_to_job(session, user, job_id)

        async def look(session: AsyncSession) -> Sequence[JobSeen]:
            return await initial_state.job_now(session, user.school_id, job_id, with_text=with_text)

        feed = streams.feed(request, Topic(user.school_id, job_id=job_id), look)
        feed.resume(job_id, request.headers.get("last-event-id"))
        return respond(_job_events(feed))

    @get("/evaluation/{evaluation_id:int}/events", media_type="text/event-stream")
    async def evaluation(
        self,
        request: AnyRequest,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        streams: NamedDependency[Streams],
        evaluation_id: FromPath[int],
    ) -> EventSourceResponse:
        """Every job of an evaluation without text, and the counts of the class; for those who run it."""

        async def look(session: AsyncSession) -> Sequence[JobSeen]:
            return await initial_state.class_now(session, user, evaluation_id)

        await look(session)
        feed = streams.feed(request, Topic(user.school_id, evaluation_id), look, WINDOW)
        return respond(_class_events(feed, streams, evaluation_id))

    @get("/queue/events", media_type="text/event-stream", guards=[requires("teacher", "admin")])
    async def queue(
        self, request: AnyRequest, user: NamedDependency[Principal], streams: NamedDependency[Streams]
    ) -> EventSourceResponse:
        """What each lane holds of the caller's school, without saying which jobs."""
        feed = streams.feed(request, Topic(user.school_id), _nothing, WINDOW)
        return respond(_queue_events(feed, streams, user.school_id))


async def _nothing(_: AsyncSession) -> Sequence[JobSeen]:
    """The queue's stream begins with counts, not with jobs."""
    return ()


async def _queue_events(feed: Feed, streams: Streams, school_id: int) -> AsyncIterator[ServerSentEvent]:
    async for counts in queue_counts(feed, streams.queues, school_id):
        yield ServerSentEvent(event="counts", data=_encode(counts).decode())


async def _job_events(feed: Feed) -> AsyncIterator[ServerSentEvent]:
    """Ends with `end` when the job has come to its end."""
    reads_along = False
    async for item in feed.items():
        if isinstance(item, JobSeen):
            reads_along = reads_along or item.with_text
            yield _job(item)
            for sentence in item.sentences:
                yield _sentence(item.seq, sentence)
            if item.state.status in TERMINAL:
                yield ServerSentEvent(event="end", data="{}")
                return
        elif isinstance(item, SentenceSeen) and reads_along:
            yield _sentence(item.seq, item.sentence)


async def _class_events(feed: Feed, streams: Streams, evaluation_id: int) -> AsyncIterator[ServerSentEvent]:
    async for item in class_items(feed, streams.counts, evaluation_id):
        if isinstance(item, Told):
            yield ServerSentEvent(event="counts", data=_encode(item.value).decode())
        elif isinstance(item, JobSeen):
            yield _job(item)


def _job(seen: JobSeen) -> ServerSentEvent:
    body = JobEvent(seen.job_id, seen.evaluation_id, seen.student_id, seen.seq, seen.state)
    return ServerSentEvent(event="job", id=str(seen.seq), data=_encode(body).decode())


def _sentence(seq: int, sentence: SentenceState) -> ServerSentEvent:
    return ServerSentEvent(event="sentence", id=str(seq), data=_encode(sentence).decode())
