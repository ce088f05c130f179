"""SQL of a school's numbers: what waits, what runs, what ended, and the workers. It only reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.sql.workers import ALIVE_LIMIT_SECONDS
from app.jobs.states import Status, status_sql


@dataclass(frozen=True, slots=True)
class LaneCounts:
    """The unfinished jobs of a lane, an index into LANES, by what they do or wait for.

    `queued` jobs may start, and `oldest_seconds` is how long the first of them has waited; None without any.
    `paused` jobs wait for their lane to be resumed.
    """

    lane: int
    queued: int = 0
    processing: int = 0
    retrying: int = 0
    paused: int = 0
    oldest_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class EndedJobs:
    """The jobs of a lane that ended in the last 24 hours. `last_minutes` were completed in the last five.

    `waits` and `runs` are the median and the 95th percentile, in seconds; None when there is nothing to
    measure.
    """

    lane: int
    completed: int
    failed: int
    cancelled: int
    last_minutes: int
    waits: Sequence[float] | None
    runs: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process that is alive. `job_id` is the job of the school that it has run for longest."""

    name: str
    lanes: Sequence[str]
    running: int
    model_reachable: bool
    started_at: datetime
    last_seen: datetime
    job_id: str | None


LANE_COUNTS = text(
    f"""
    SELECT lane,
           count(*) FILTER (WHERE {status_sql(Status.WAITING)}) AS queued,
           count(*) FILTER (WHERE {status_sql(Status.RUNNING)}) AS processing,
           count(*) FILTER (WHERE {status_sql(Status.RETRYING)}) AS retrying,
           count(*) FILTER (WHERE {status_sql(Status.PAUSED)}) AS paused,
           CAST(extract(epoch FROM now() - min(created_at) FILTER (WHERE {status_sql(Status.WAITING)}))
                AS float) AS oldest_seconds
    FROM job WHERE school_id = :school_id AND task = 'summary' AND completed_at IS NULL GROUP BY lane
    """  # noqa: S608 - the conditions are this program's
)

ENDED_JOBS = text(
    """
    SELECT lane,
           count(*) FILTER (WHERE state = 'completed') AS completed,
           count(*) FILTER (WHERE state = 'failed') AS failed,
           count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
           count(*) FILTER (WHERE state = 'completed'
                            AND completed_at > now() - interval '5 minutes') AS last_minutes,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
               ORDER BY CAST(extract(epoch FROM started_at - created_at) AS float))
               FILTER (WHERE started_at IS NOT NULL AND retry_count = 0) AS waits,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
               ORDER BY CAST(extract(epoch FROM completed_at - started_at) AS float))
               FILTER (WHERE state = 'completed') AS runs
    FROM job WHERE school_id = :school_id AND task = 'summary'
        AND completed_at > now() - interval '1 day'
    GROUP BY lane
    """
)

FAILURES = text(
    """
    SELECT error_code, count(*) AS failed FROM job
    WHERE school_id = :school_id AND task = 'summary' AND completed_at > now() - interval '1 day'
        AND state = 'failed'
    GROUP BY error_code ORDER BY count(*) DESC, error_code
    """
)

LAST_HOUR = text(
    """
    SELECT CAST(floor(extract(epoch FROM now() - completed_at) / 60) AS integer) AS minutes_ago,
           count(*) FILTER (WHERE state = 'completed') AS completed,
           percentile_cont(0.5) WITHIN GROUP (
               ORDER BY CAST(extract(epoch FROM started_at - created_at) AS float))
               FILTER (WHERE started_at IS NOT NULL AND retry_count = 0) AS wait
    FROM job WHERE school_id = :school_id AND task = 'summary'
        AND completed_at > now() - interval '1 hour'
    GROUP BY 1
    """
)

SLOWEST = text(
    """
    SELECT CAST(extract(epoch FROM max(completed_at - created_at)) AS float) FROM job
    WHERE school_id = :school_id AND task = 'summary' AND state = 'completed' AND completed_at >= (
        SELECT date_trunc('day', now() AT TIME ZONE time_zone) AT TIME ZONE time_zone
        FROM school WHERE id = :school_id)
    """
)

WORKERS = text(
    """
    SELECT name, lanes, running, model_reachable, started_at, last_seen, (
        SELECT id FROM job
        WHERE school_id = :school_id AND state = 'processing' AND worker = worker_process.name
        ORDER BY started_at LIMIT 1) AS job_id
    FROM worker_process WHERE last_seen > now() - make_interval(secs => :alive) ORDER BY name
    """
)


async def lane_counts(session: AsyncSession, school_id: int) -> dict[int, LaneCounts]:
    """The unfinished jobs of a school by lane. A lane without jobs is left out."""
    rows = await session.execute(LANE_COUNTS, {"school_id": school_id})
    return {row.lane: LaneCounts(*row) for row in rows}


async def ended_jobs(session: AsyncSession, school_id: int) -> dict[int, EndedJobs]:
    """The ended jobs of a school by lane. A lane without jobs is left out."""
    rows = await session.execute(ENDED_JOBS, {"school_id": school_id})
    return {row.lane: EndedJobs(*row) for row in rows}


async def failures(session: AsyncSession, school_id: int) -> dict[str, int]:
    """How many jobs of a school failed in the last 24 hours, by error code, the most frequent first."""
    rows = await session.execute(FAILURES, {"school_id": school_id})
    return {row.error_code: row.failed for row in rows}


async def last_hour(session: AsyncSession, school_id: int) -> dict[int, tuple[int, float | None]]:
    """By whole minutes ago: how many jobs of a school were completed, and the median wait, in seconds."""
    rows = await session.execute(LAST_HOUR, {"school_id": school_id})
    return {row.minutes_ago: (row.completed, row.wait) for row in rows}


async def slowest_today(session: AsyncSession, school_id: int) -> float | None:
    """The longest time from queueing to the text since midnight in the school's time zone, in seconds."""
    slowest: float | None = await session.scalar(SLOWEST, {"school_id": school_id})
    return slowest


async def workers(session: AsyncSession, school_id: int) -> list[Worker]:
    """The worker processes that are alive, by name. The table has a dozen rows, and so no index for this."""
    rows = await session.execute(WORKERS, {"school_id": school_id, "alive": ALIVE_LIMIT_SECONDS})
    return [Worker(*row) for row in rows]
