"""The dashboard: its numbers as the templates need them, its list of jobs, and the addresses of its pages."""

from collections.abc import Sequence
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.monitoring import recent_jobs
from app.monitoring.recent_jobs import JobFilter
from app.monitoring.repository import Worker
from app.monitoring.schemas import QueueCounts, QueueOut
from app.monitoring.service import THROUGHPUT_MINUTES, queue_counts
from app.monitoring.time_series import History, read_history
from app.settings import LANES
from web.pages.monitoring.view import (
    Cause,
    Dashboard,
    DashboardPage,
    LaneView,
    ListedJob,
    Mood,
    Trend,
    Verdict,
    WorkerView,
)
from web.pages.shared.presenters import job_view
from web.pages.shared.sparkline import sparkline

PATH = "/monitoring"
JOBS_PER_PAGE = 25

MAX_NORMAL_WAIT_SECONDS = 120
"""When the first job in the queue has waited this long, the mood is "busy"."""


async def load(
    session: AsyncSession, user: Principal, chosen: JobFilter, cursor: str | None
) -> DashboardPage:
    """The page. Raises BadInput for a cursor that is not ours."""
    found = await recent_jobs.list_recent(session, user, chosen, cursor, JOBS_PER_PAGE)
    listed = [ListedJob(job_view(one.job), one.student, one.title) for one in found.jobs]
    counts = await queue_counts(session, user.school_id)
    ids = ",".join(one.job.job_id for one in listed)
    return DashboardPage(
        operator=user.role == "admin",
        dashboard=dashboard(counts, await read_history(session, user.school_id)),
        jobs=listed,
        filter=chosen,
        address=address(chosen, cursor),
        stream=f"/live{PATH}?{urlencode({'jobs': ids}, safe=',')}",
        start=address(chosen),
        following=address(chosen, found.next_cursor) if found.next_cursor else None,
        first=not cursor,
    )


def address(chosen: JobFilter, cursor: str | None = None) -> str:
    """The address of a page with this filter."""
    parameters = {"status": chosen.status, "lane": chosen.lane, "cause": chosen.cause, "cursor": cursor}
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{PATH}?{query}" if query else PATH


def dashboard(counts: QueueCounts, history: History) -> Dashboard:
    """The numbers as the templates need them."""
    lanes = tuple(_lane(name, queue) for name, queue in zip(LANES, counts.queues, strict=True))
    return Dashboard(
        verdict=verdict(lanes, history),
        lanes=lanes,
        workers=tuple(_worker(one) for one in history.workers),
        trend=_trend(history),
        causes=tuple(Cause(code, count) for code, count in history.causes.items()),
    )


def verdict(lanes: Sequence[LaneView], history: History) -> Verdict:
    """How the queue is doing, in one word: the worst that holds."""
    oldest = max((one.oldest_seconds for one in lanes if one.oldest_seconds is not None), default=None)
    waiting = sum(one.queued for one in lanes)
    return Verdict(
        mood=_mood(history, oldest, waiting + sum(one.processing for one in lanes)),
        waiting=waiting,
        oldest_seconds=oldest,
        slowest_seconds=None if history.slowest is None else round(history.slowest),
        paused=tuple(one.name for one in lanes if one.paused),
        paused_jobs=sum(one.paused_jobs for one in lanes),
    )


def _mood(history: History, oldest_seconds: int | None, unfinished: int) -> Mood:
    if not history.workers:
        return "nobody"
    if history.model_away:
        return "away"
    if oldest_seconds is not None and oldest_seconds >= MAX_NORMAL_WAIT_SECONDS:
        return "busy"
    return "normal" if unfinished else "quiet"


def _lane(name: str, queue: QueueOut) -> LaneView:
    return LaneView(
        name=name,
        queue=queue.name,
        queued=queue.count,
        processing=queue.processing,
        retrying=queue.retrying,
        paused_jobs=queue.held,
        paused=queue.paused,
        oldest_seconds=queue.oldest_seconds,
    )


def _worker(one: Worker) -> WorkerView:
    return WorkerView(
        name=one.name,
        lanes=tuple(one.lanes),
        running=one.running,
        job_id=one.job_id,
        model_reachable=one.model_reachable,
        started_at=one.started_at,
    )


def _trend(history: History) -> Trend:
    return Trend(
        completed=sparkline(history.completed),
        waits=sparkline(history.waits),
        total=sum(history.completed),
        per_minute=sum(history.completed[-THROUGHPUT_MINUTES:]) / THROUGHPUT_MINUTES,
        wait_seconds=next((wait for wait in reversed(history.waits) if wait is not None), None),
    )
