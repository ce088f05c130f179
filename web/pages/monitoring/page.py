"""The dashboard: its numbers made ready to be drawn, its list of jobs, and the address of each choice."""

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
    BUSY_AFTER,
    Board,
    BoardPage,
    Cause,
    LaneView,
    LineView,
    Mood,
    Trend,
    Verdict,
    WorkerView,
)
from web.pages.shared.presenters import job_view
from web.pages.shared.sparkline import spark

PATH = "/monitoring"
ROWS = 25
"""Jobs on one page."""


async def load(session: AsyncSession, user: Principal, chosen: JobFilter, cursor: str | None) -> BoardPage:
    """The page. Raises BadInput for a cursor that is not ours."""
    found = await recent_jobs.list_recent(session, user, chosen, cursor, ROWS)
    lines = [LineView(job_view(one.job), one.student, one.title) for one in found.jobs]
    counts = await queue_counts(session, user.school_id)
    ids = ",".join(one.job.job_id for one in lines)
    return BoardPage(
        operator=user.role == "admin",
        board=board(counts, await read_history(session, user.school_id)),
        lines=lines,
        filter=chosen,
        address=address(chosen, cursor),
        stream=f"/live{PATH}?{urlencode({'jobs': ids}, safe=',')}",
        start=address(chosen),
        following=address(chosen, found.next_cursor) if found.next_cursor else None,
        first=not cursor,
    )


def address(chosen: JobFilter, cursor: str | None = None) -> str:
    """The address of a page of this choice."""
    given = {"status": chosen.status, "lane": chosen.lane, "cause": chosen.cause, "cursor": cursor}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{PATH}?{query}" if query else PATH


def board(counts: QueueCounts, known: History) -> Board:
    """What is drawn of the numbers."""
    lanes = tuple(_lane(name, queue) for name, queue in zip(LANES, counts.queues, strict=True))
    return Board(
        verdict=verdict(lanes, known),
        lanes=lanes,
        workers=tuple(_worker(one) for one in known.workers),
        trend=_trend(known),
        causes=tuple(Cause(code, count) for code, count in known.causes.items()),
    )


def verdict(lanes: Sequence[LaneView], known: History) -> Verdict:
    """The one word for it. What is worst is said."""
    oldest = max((one.oldest_seconds for one in lanes if one.oldest_seconds is not None), default=None)
    waiting = sum(one.queued for one in lanes)
    return Verdict(
        mood=_mood(known, oldest, waiting + sum(one.processing for one in lanes)),
        waiting=waiting,
        oldest_seconds=oldest,
        slowest_seconds=None if known.slowest is None else round(known.slowest),
        paused=tuple(one.name for one in lanes if one.paused),
        held=sum(one.held for one in lanes),
    )


def _mood(known: History, oldest: int | None, live: int) -> Mood:
    if not known.workers:
        return "nobody"
    if known.model_away:
        return "away"
    if oldest is not None and oldest >= BUSY_AFTER:
        return "busy"
    return "normal" if live else "quiet"


def _lane(name: str, queue: QueueOut) -> LaneView:
    return LaneView(
        name=name,
        queue=queue.name,
        queued=queue.count,
        processing=queue.processing,
        retrying=queue.retrying,
        held=queue.held,
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


def _trend(known: History) -> Trend:
    return Trend(
        completed=spark(known.completed),
        waits=spark(known.waits),
        total=sum(known.completed),
        per_minute=sum(known.completed[-THROUGHPUT_MINUTES:]) / THROUGHPUT_MINUTES,
        wait_seconds=next((wait for wait in reversed(known.waits) if wait is not None), None),
    )
