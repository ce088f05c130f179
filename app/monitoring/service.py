"""Puts together what is asked about the queue: health, numbers, the counts of a stream."""

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.db import database_is_away
from app.core.errors import NotFound
from app.core.health import ConnectionState, connection_state, ping_redis
from app.core.unit_of_work import UnitOfWork
from app.jobs import pause
from app.jobs.sql.pause import paused_lanes
from app.monitoring import repository
from app.monitoring.repository import EndedLane, LiveLane, Worker
from app.monitoring.schemas import Health, LaneStats, QueueCounts, QueueOut, Spread, Stats, WorkerOut
from app.settings import LANES
from app.tasks import QUEUES

LATELY_MINUTES = 5
"""As in `repository.ENDED`."""


async def health(session: AsyncSession, redis: Redis, school_id: int) -> Health:
    """Whether work is taken in, kept and done. `queues` and `current_job` are those of one school."""
    events = await connection_state(ping_redis(redis))
    try:
        found = await repository.workers(session, school_id)
        queues = (await queue_counts(session, school_id)).queues
    except Exception as error:
        if not database_is_away(error):
            raise
        return Health("unhealthy", events, "away", "unknown", [], [])
    return _judged(events, found, queues)


def _judged(events: ConnectionState, workers: list[Worker], queues: list[QueueOut]) -> Health:
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
    paused = await paused_lanes(session, school_id)
    return QueueCounts(
        [_queue(live.get(lane) or LiveLane(lane), lane in paused) for lane in range(len(LANES))]
    )


def _queue(live: LiveLane, paused: bool) -> QueueOut:
    return QueueOut(
        name=QUEUES[LANES[live.lane]],
        count=live.queued,
        processing=live.processing,
        retrying=live.retrying,
        paused=paused,
        held=live.held,
        oldest_seconds=None if live.oldest_seconds is None else int(live.oldest_seconds),
    )


async def pause_lane(uow: UnitOfWork, user: Principal, name: str) -> QueueOut:
    """Pause a lane of the own school; returns what it then holds. Raises NotFound."""
    lane = _lane_named(name)
    await pause.pause(uow, user.school_id, lane, user.user_id)
    return (await queue_counts(uow.session, user.school_id)).queues[lane]


async def resume_lane(uow: UnitOfWork, user: Principal, name: str) -> QueueOut:
    """Resume a lane of the own school; returns what it then holds. Raises NotFound."""
    lane = _lane_named(name)
    await pause.resume(uow, user.school_id, lane, user.user_id)
    return (await queue_counts(uow.session, user.school_id)).queues[lane]


def _lane_named(name: str) -> int:
    """The lane of this name, as an index into LANES. Raises NotFound."""
    if name not in LANES:
        raise NotFound(f"The lanes are {', '.join(LANES)}.")
    return LANES.index(name)


def _lane(index: int, live: LiveLane | None, ended: EndedLane | None) -> LaneStats:
    live = live or LiveLane(index)
    ended = ended or EndedLane(index, 0, 0, 0, 0, None, None)
    return LaneStats(
        name=QUEUES[LANES[index]],
        queued=live.queued,
        processing=live.processing,
        retrying=live.retrying,
        held=live.held,
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
