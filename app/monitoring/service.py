"""Puts together what is asked about the queue: health, numbers, the counts of a stream."""

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import database_is_away
from app.core.links import Link, link, ping_redis
from app.monitoring import repository
from app.monitoring.repository import EndedLane, LiveLane, Worker
from app.monitoring.schemas import Health, LaneStats, QueueCounts, QueueOut, Spread, Stats, WorkerOut
from app.settings import LANES
from app.tasks import QUEUES

LATELY_MINUTES = 5
"""As in `repository.ENDED`."""


async def health(session: AsyncSession, redis: Redis, school_id: int) -> Health:
    """Whether work is taken in, kept and done. `queues` and `current_job` are those of one school."""
    events = await link(ping_redis(redis))
    try:
        found = await repository.workers(session, school_id)
        queues = (await queue_counts(session, school_id)).queues
    except Exception as error:
        if not database_is_away(error):
            raise
        return Health("unhealthy", events, "away", "unknown", [], [])
    return _judged(events, found, queues)


def _judged(events: Link, workers: list[Worker], queues: list[QueueOut]) -> Health:
    reachable = any(one.model_reachable for one in workers)
    good = events == "connected" and reachable
    return Health(
        status="healthy" if good else "degraded",
        redis=events,
        database="connected",
        model="unknown" if not workers else "reachable" if reachable else "unreachable",
        workers=[_worker(one) for one in workers],
        queues=queues,
    )


async def stats(session: AsyncSession, school_id: int) -> Stats:
    """The numbers of one school."""
    live = await repository.live(session, school_id)
    ended = await repository.ended(session, school_id)
    return Stats(
        lanes=[_lane(index, live.get(index), ended.get(index)) for index in range(len(LANES))],
        throughput_per_minute=sum(one.lately for one in ended.values()) / LATELY_MINUTES,
        failures=await repository.failures(session, school_id),
        workers=[_worker(one) for one in await repository.workers(session, school_id)],
    )


async def queue_counts(session: AsyncSession, school_id: int) -> QueueCounts:
    """What each lane holds of one school, also when that is nothing."""
    live = await repository.live(session, school_id)
    return QueueCounts([_queue(index, live.get(index)) for index in range(len(LANES))])


def _queue(index: int, live: LiveLane | None) -> QueueOut:
    live = live or LiveLane(index, 0, 0, 0, None)
    oldest = None if live.oldest_seconds is None else int(live.oldest_seconds)
    return QueueOut(QUEUES[LANES[index]], live.queued, live.processing, live.retrying, oldest)


def _lane(index: int, live: LiveLane | None, ended: EndedLane | None) -> LaneStats:
    live = live or LiveLane(index, 0, 0, 0, None)
    ended = ended or EndedLane(index, 0, 0, 0, 0, None, None)
    return LaneStats(
        name=QUEUES[LANES[index]],
        queued=live.queued,
        processing=live.processing,
        retrying=live.retrying,
        completed=ended.completed,
        failed=ended.failed,
        cancelled=ended.cancelled,
        wait_seconds=None if ended.waits is None else Spread(*ended.waits),
        run_seconds=None if ended.runs is None else Spread(*ended.runs),
    )


def _worker(one: Worker) -> WorkerOut:
    return WorkerOut(
        name=one.name,
        state="busy" if one.running or one.job_id else "idle",
        current_job=one.job_id,
        queues=[QUEUES[lane] for lane in one.lanes],
        running=one.running,
        started_at=one.started_at,
        last_seen=one.last_seen,
    )
