"""Health, numbers and counts of the queue, and pausing its lanes."""

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
from app.monitoring.repository import EndedJobs, LaneCounts, Worker
from app.monitoring.schemas import Health, LaneStats, QueueCounts, QueueOut, Spread, Stats, WorkerOut
from app.settings import LANES
from app.tasks import QUEUES

THROUGHPUT_MINUTES = 5
"""The time over which the throughput is a mean, as in `repository.ENDED_JOBS`."""


async def health(session: AsyncSession, redis: Redis, school_id: int) -> Health:
    """Whether jobs are accepted, kept and done. Queues and current jobs are those of the school."""
    redis_state = await connection_state(ping_redis(redis))
    try:
        workers = await repository.workers(session, school_id)
        queues = (await queue_counts(session, school_id)).queues
    except Exception as error:
        if not database_is_away(error):
            raise
        return Health("unhealthy", redis_state, "away", "unknown", [], [])
    return _health(redis_state, workers, queues)


def _health(redis_state: ConnectionState, workers: list[Worker], queues: list[QueueOut]) -> Health:
    reachable = any(worker.model_reachable for worker in workers)
    good = redis_state == "connected" and reachable
    return Health(
        status="healthy" if good else "degraded",
        redis=redis_state,
        database="connected",
        model="unknown" if not workers else "reachable" if reachable else "unreachable",
        workers=[_worker_out(one) for one in workers],
        queues=queues,
    )


async def stats(session: AsyncSession, school_id: int) -> Stats:
    """The numbers of one school."""
    unfinished = await repository.lane_counts(session, school_id)
    ended = await repository.ended_jobs(session, school_id)
    return Stats(
        lanes=[_lane_stats(lane, unfinished.get(lane), ended.get(lane)) for lane in range(len(LANES))],
        throughput_per_minute=sum(jobs.last_minutes for jobs in ended.values()) / THROUGHPUT_MINUTES,
        failures=await repository.failures(session, school_id),
        workers=[_worker_out(one) for one in await repository.workers(session, school_id)],
    )


async def queue_counts(session: AsyncSession, school_id: int) -> QueueCounts:
    """The unfinished jobs of one school by lane. Every lane is listed, also without jobs."""
    counts = await repository.lane_counts(session, school_id)
    paused = await paused_lanes(session, school_id)
    return QueueCounts(
        [_queue_out(counts.get(lane) or LaneCounts(lane), lane in paused) for lane in range(len(LANES))]
    )


def _queue_out(counts: LaneCounts, lane_is_paused: bool) -> QueueOut:
    return QueueOut(
        name=QUEUES[LANES[counts.lane]],
        count=counts.queued,
        processing=counts.processing,
        retrying=counts.retrying,
        paused=lane_is_paused,
        held=counts.paused,
        oldest_seconds=None if counts.oldest_seconds is None else int(counts.oldest_seconds),
    )


async def pause_lane(uow: UnitOfWork, user: Principal, name: str) -> QueueOut:
    """Pause a lane of the user's school, and return its counts after that. Raises NotFound."""
    lane = _lane_named(name)
    await pause.pause(uow, user.school_id, lane, user.user_id)
    return (await queue_counts(uow.session, user.school_id)).queues[lane]


async def resume_lane(uow: UnitOfWork, user: Principal, name: str) -> QueueOut:
    """Resume a lane of the user's school, and return its counts after that. Raises NotFound."""
    lane = _lane_named(name)
    await pause.resume(uow, user.school_id, lane, user.user_id)
    return (await queue_counts(uow.session, user.school_id)).queues[lane]


def _lane_named(name: str) -> int:
    """The lane of this name, as an index into LANES. Raises NotFound."""
    if name not in LANES:
        raise NotFound(f"The lanes are {', '.join(LANES)}.")
    return LANES.index(name)


def _lane_stats(lane: int, unfinished: LaneCounts | None, ended: EndedJobs | None) -> LaneStats:
    unfinished = unfinished or LaneCounts(lane)
    ended = ended or EndedJobs(lane, 0, 0, 0, 0, None, None)
    return LaneStats(
        name=QUEUES[LANES[lane]],
        queued=unfinished.queued,
        processing=unfinished.processing,
        retrying=unfinished.retrying,
        held=unfinished.paused,
        completed=ended.completed,
        failed=ended.failed,
        cancelled=ended.cancelled,
        wait_seconds=None if ended.waits is None else Spread(*ended.waits),
        run_seconds=None if ended.runs is None else Spread(*ended.runs),
    )


def _worker_out(one: Worker) -> WorkerOut:
    return WorkerOut(
        name=one.name,
        state="busy" if one.running or one.job_id else "idle",
        current_job=one.job_id,
        queues=[QUEUES[lane] for lane in one.lanes],
        running=one.running,
        started_at=one.started_at,
        last_seen=one.last_seen,
    )
