"""The event streams of the API. Their events are `job`, `sentence`, `counts` and `end`, as JSON."""

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
from web.live.counts import ROUND_INTERVAL_SECONDS, Counted, evaluation_items, queue_counts
from web.live.feed import Feed, JobUpdate, SentenceUpdate
from web.live.streams import Streams, event_stream
from web.live.subscription import Topic

_encode = msgspec.json.Encoder().encode


class JobEvent(msgspec.Struct):
    """The whole small state of a job. `seq` rises with every change."""

    job_id: str
    evaluation_id: int
    student_id: int
    seq: int
    state: JobState


class ApiStreams(Controller):
    """Server-sent events. Each stream begins with the present state."""

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
        """One job until it ends, with its sentences for those who may read them."""
        may_read = await initial_state.authorise_job(session, user, job_id)

        async def read(session: AsyncSession) -> Sequence[JobUpdate]:
            return await initial_state.read_job(session, user.school_id, job_id, may_read=may_read)

        feed = streams.feed(request, Topic(user.school_id, job_id=job_id), read)
        feed.resume_after(job_id, request.headers.get("last-event-id"))
        return event_stream(_job_events(feed))

    @get("/evaluation/{evaluation_id:int}/events", media_type="text/event-stream")
    async def evaluation(
        self,
        request: AnyRequest,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        streams: NamedDependency[Streams],
        evaluation_id: FromPath[int],
    ) -> EventSourceResponse:
        """Every job of an evaluation without text, and the counts; for its teachers and administrators."""

        async def read(session: AsyncSession) -> Sequence[JobUpdate]:
            return await initial_state.read_evaluation(session, user, evaluation_id)

        await read(session)  # raises before the stream begins
        feed = streams.feed(request, Topic(user.school_id, evaluation_id), read, ROUND_INTERVAL_SECONDS)
        return event_stream(_evaluation_events(feed, streams, evaluation_id))

    @get("/queue/events", media_type="text/event-stream", guards=[requires("teacher", "admin")])
    async def queue(
        self, request: AnyRequest, user: NamedDependency[Principal], streams: NamedDependency[Streams]
    ) -> EventSourceResponse:
        """The counts of each lane for the caller's school, without single jobs."""
        feed = streams.feed(request, Topic(user.school_id), _read_nothing, ROUND_INTERVAL_SECONDS)
        return event_stream(_queue_events(feed, streams, user.school_id))


async def _read_nothing(_: AsyncSession) -> Sequence[JobUpdate]:
    """The stream of the queue begins with counts and not with jobs."""
    return ()


async def _queue_events(feed: Feed, streams: Streams, school_id: int) -> AsyncIterator[ServerSentEvent]:
    async for counts in queue_counts(feed, streams.queue_counts, school_id):
        yield ServerSentEvent(event="counts", data=_encode(counts).decode())


async def _job_events(feed: Feed) -> AsyncIterator[ServerSentEvent]:
    """Ends with `end` when the job has ended."""
    may_read = False
    async for item in feed.items():
        if isinstance(item, JobUpdate):
            may_read = may_read or item.may_read
            yield _job(item)
            for sentence in item.sentences:
                yield _sentence(item.seq, sentence)
            if item.state.status in TERMINAL:
                yield ServerSentEvent(event="end", data="{}")
                return
        elif isinstance(item, SentenceUpdate) and may_read:
            yield _sentence(item.seq, item.sentence)


async def _evaluation_events(
    feed: Feed, streams: Streams, evaluation_id: int
) -> AsyncIterator[ServerSentEvent]:
    async for item in evaluation_items(feed, streams.evaluation_counts, evaluation_id):
        if isinstance(item, Counted):
            yield ServerSentEvent(event="counts", data=_encode(item.value).decode())
        elif isinstance(item, JobUpdate):
            yield _job(item)


def _job(update: JobUpdate) -> ServerSentEvent:
    body = JobEvent(update.job_id, update.evaluation_id, update.student_id, update.seq, update.state)
    return ServerSentEvent(event="job", id=str(update.seq), data=_encode(body).decode())


def _sentence(seq: int, sentence: SentenceState) -> ServerSentEvent:
    return ServerSentEvent(event="sentence", id=str(seq), data=_encode(sentence).decode())
