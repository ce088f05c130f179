"""The dashboard in every state."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.accounts.principal import Role
from app.monitoring.recent_jobs import JobFilter
from app.monitoring.repository import Worker
from app.monitoring.schemas import QueueCounts, QueueOut
from app.monitoring.time_series import MINUTES, History
from tests.web.pages.case import Case
from tests.web.pages.samples import HEAD, JOBS, NOW
from web.pages.monitoring.page import dashboard
from web.pages.monitoring.view import DashboardPage, ListedJob
from web.templating import Notice

QUEUES = (
    QueueOut("ai-summaries-high", 2, 3, 0, False, 0, 4),
    QueueOut("ai-summaries", 184, 13, 6, False, 0, 95),
    QueueOut("ai-summaries-low", 40, 0, 0, False, 0, 31),
)
PAUSED = (*QUEUES[:2], QueueOut("ai-summaries-low", 0, 1, 0, True, 40, None))
IDLE = tuple(QueueOut(one.name, 0, 0, 0, False, 0, None) for one in QUEUES)

WORKERS = (
    Worker("school-1.web.31872", ("high", "normal", "low"), 13, True, NOW, NOW, "summary-7-12-01JD"),
    Worker("school-1.urgent.31880", ("high", "normal"), 3, True, NOW, NOW, None),
    Worker("school-2.web.402", ("low",), 0, False, NOW, NOW, None),
)
COMPLETED = tuple((minute * 7) % 5 + minute // 6 for minute in range(MINUTES))
WAITS = tuple(None if minute in {10, 12} else 2.0 + minute % 9 + minute / 3 for minute in range(MINUTES))
HISTORY = History(COMPLETED, WAITS, {"model_slow": 4, "worker_lost": 1}, 40.2, WORKERS)
NOTHING = History((0,) * MINUTES, (None,) * MINUTES, {}, None, WORKERS[:1])

JOBS_LISTED = tuple(
    ListedJob(replace(job, job_id=f"summary-7-{index}-01JD{index:022}"), name, HEAD.title)
    for index, (name, job) in enumerate(zip((
        "Sanne de Wit", "Milan Kaya", "Roos van Dijk", "Fatima el Amrani", "Daan Visser", "Noor Bakker",
        "Bram de Groot", "Lotte Smit", "Yusuf Demir", "Eva Jansen", "Tim Peters", "Zoë van den Berg",
    ), JOBS.values(), strict=True))
)  # fmt: skip


def monitoring(
    role: Role = "admin",
    *,
    queues: Sequence[QueueOut] = QUEUES,
    history: History = HISTORY,
    jobs: Sequence[ListedJob] = JOBS_LISTED,
    chosen: JobFilter | None = None,
    following: str | None = "/monitoring?cursor=x",
    first: bool = True,
) -> Case:
    """The page, as an operator sees it or as a teacher does."""
    view = DashboardPage(
        operator=role == "admin",
        dashboard=dashboard(QueueCounts(list(queues)), history),
        jobs=jobs,
        filter=chosen or JobFilter(),
        address="/monitoring",
        stream="/live/monitoring?jobs=",
        start="/monitoring",
        following=following,
        first=first,
    )
    return Case("pages/monitoring/index.html", {"view": view}, role, "monitoring")


CASES: Mapping[str, Case] = {
    "monitoring": monitoring(),
    "monitoring-paused": replace(monitoring(queues=PAUSED), notice=Notice("lane_paused", (40, 0))),
    "monitoring-quiet": monitoring(queues=IDLE, history=NOTHING, jobs=(), following=None),
    "monitoring-model-away": monitoring(history=replace(HISTORY, workers=WORKERS[2:])),
    "monitoring-nobody": monitoring(history=replace(NOTHING, workers=())),
    "monitoring-no-match": monitoring(
        jobs=(), chosen=JobFilter("failed", "low", "worker_lost"), following=None
    ),
    "monitoring-older": monitoring(
        jobs=JOBS_LISTED[:3], chosen=JobFilter("failed"), following=None, first=False
    ),
    "monitoring-teacher": monitoring("teacher", queues=PAUSED, jobs=JOBS_LISTED[:4]),
}
