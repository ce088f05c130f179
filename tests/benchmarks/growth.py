"""What a school feels of the others' years: the same calls on a database of its own and on a crowded one.

Pair by pair, A B A B. Every statement's plan is looked at as well: none reads a large table from end to end.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import logs
from app.core.db import make_engine
from app.jobs import service as jobs
from app.jobs.models import student_of
from app.jobs.service import Lease
from app.jobs.sql import claim, reads
from app.jobs.sql import transitions as jobs_repository
from app.jobs.sql.claim import Choice
from app.jobs.sweeper import sweep
from app.scheduling.upkeep import upkeep
from app.settings import DatabaseSettings, load
from app.summaries import draft_repository, finish, inputs
from app.tasks import SUMMARY
from app.text.generate import stand_in
from tests.benchmarks import years
from tests.benchmarks.measure import Report, percentile
from tests.benchmarks.school import API, School, open_school
from tests.benchmarks.site import Site
from tests.support import plans
from tests.support.classes import must_claim, order, queue

QUEUED = 5
"""Pupils of the measured school who wait all the time."""

PAIRS, WARM_UP = 100, 10

READ_BY_INDEX = ("job", "summary", "feedback_entry", "participant")
"""Tables that no statement may read whole, however few rows the short form has."""

Undo = Callable[[], Awaitable[object]]
Act = Callable[[School], Awaitable[Undo | None]]
"""Does one thing, and answers how to undo it, which is not timed."""


@dataclass(frozen=True, slots=True)
class Grown:
    """Seconds of each call, by its name."""

    alone: Mapping[str, list[float]]
    crowded: Mapping[str, list[float]]


async def run(site: Site) -> list[Report]:
    """Both databases, then the table. Raises AssertionError for a plan that is not as it should be."""
    logs.configure("text", "warning")
    size = years.SHORT if site.short else years.FULL
    grown = await measure(site, size, pairs=3 if site.short else PAIRS)
    title = (
        f"Growth: ms alone, and beside {size.finished:,} finished and {size.queued:,} queued jobs "
        f"of {size.schools:,} schools"
    )
    notes = [
        "no statement reads a large table from end to end; what is asked most is not planned anew each time",
        "metrics grow with the queue, for they count all of it: one program asks, every 15 s or so",
    ]
    return [Report(title, [_row(name, grown) for name in CALLS], notes)]


def _row(name: str, grown: Grown) -> dict[str, str | float]:
    alone, crowded = grown.alone[name], grown.crowded[name]
    p95, p95_crowded = percentile(alone, 95) * 1000, percentile(crowded, 95) * 1000
    return {
        "call": name,
        "p50 alone": median(alone) * 1000,
        "p50 crowded": median(crowded) * 1000,
        "p95 alone": p95,
        "p95 crowded": p95_crowded,
        "p95 ratio": p95_crowded / p95,
    }


async def measure(site: Site, size: years.Years, pairs: int) -> Grown:
    """Two databases with the same school in each, the second one crowded."""
    async with AsyncExitStack() as stack:
        schools = []
        for crowd in (None, size):
            settings = load(stack.enter_context(site.environ()))
            school = await stack.enter_async_context(open_school(settings, years.CLASS))
            await queue(school.units, order(school.some, school.some.students[-QUEUED:]))
            if crowd is not None:
                await years.add(settings.database, crowd)
            schools.append(school)
        alone: dict[str, list[float]] = {name: [] for name in CALLS}
        crowded: dict[str, list[float]] = {name: [] for name in CALLS}
        for name, act in CALLS.items():
            for turn in range(-min(pairs, WARM_UP), pairs):
                for school, took in zip(schools, (alone, crowded), strict=True):
                    seconds = await _timed(act, school)
                    if turn >= 0:
                        took[name].append(seconds)
        await check_plans(settings.database, schools[1])
        return Grown(alone, crowded)


async def _timed(act: Act, school: School) -> float:
    began = time.perf_counter()
    undo = await act(school)
    took = time.perf_counter() - began
    if undo is not None:
        await undo()
    return took


async def check_plans(database: DatabaseSettings, school: School) -> None:
    """Do everything once and have each statement explained. Raises AssertionError."""
    with plans.listening() as sent:
        for act in (*CALLS.values(), *OTHERS):
            await _timed(act, school)
    engine = make_engine(database, "plans")
    try:
        scans = await plans.scans(engine, sent, READ_BY_INDEX)
        assert not scans, f"read from end to end: {scans}"
        replanned = await plans.planned_each_time(engine, _frequent_statements)
        assert not replanned, f"planned anew each time: {replanned}"
    finally:
        await engine.dispose()


async def _frequent_statements(session: AsyncSession) -> None:
    """What workers ask for each job, and pages of each student who waits."""
    for lift in (False, True):
        token = uuid4()
        choice = Choice((SUMMARY,), (0, 2), lift, quarantined=not lift)
        job = await claim.claim(session, choice, worker="bench", token=token, lease=30)
    assert job is not None
    reading = await inputs.read(session, *student_of(job), "bench")
    assert await jobs_repository.complete(session, job.id, token)
    draft = stand_in(reading.material)
    values = finish.columns(job, reading, draft)
    for _ in range(2):
        await draft_repository.store(session, values, draft.sentences, reading.entry_ids)
    await reads.pace(session)


async def _claim(school: School, *, lift: bool = False) -> Undo:
    _, lease = await must_claim(school.units, lift=lift)
    return lambda: _hand_back(school, lease)


async def _hand_back(school: School, lease: Lease) -> None:
    async with school.units() as uow:
        await jobs.hand_back(uow, lease)


async def _queue(school: School) -> Undo:
    answer = await school.client.post(
        f"{API}/evaluation/{school.some.evaluation_id}/student/{school.some.students[0]}/queue",
        json={"force": True},
    )
    assert answer.status_code == 202, answer.text
    return lambda: school.client.post(f"{API}/jobs/{answer.json()['job_id']}/cancel")


def _get(path: str) -> Act:
    """A call of the teacher; `path` may name the evaluation, a student and jobs."""

    async def get(school: School) -> None:
        some = school.some
        job = school.finished(0)
        address = path.format(evaluation=some.evaluation_id, student=some.students[0], job=job)
        answer = await school.client.get(address)
        assert answer.status_code == 200, answer.text

    return get


async def _status_of_queued(school: School) -> None:
    live = await school.client.get(f"{API}/evaluation/{school.some.evaluation_id}/jobs?status=queued&limit=1")
    answer = await school.client.get(f"{API}/jobs/{live.json()['jobs'][0]['job_id']}/status")
    assert answer.json()["status"] == "queued"


async def _sweep(school: School) -> None:
    async with school.units() as uow:
        await sweep(uow, {})


async def _upkeep(school: School) -> None:
    await upkeep(school.units)


CALLS: Mapping[str, Act] = {
    "claim": _claim,
    "claim, oldest first": lambda school: _claim(school, lift=True),
    "queue one": _queue,
    "status, finished": _get(f"{API}/jobs/{{job}}/status"),
    "list and status, queued": _status_of_queued,
    "list of jobs": _get(f"{API}/evaluation/{{evaluation}}/jobs"),
    "stats": _get(f"{API}/queue/stats"),
    "health": _get(f"{API}/queue/health"),
    "batch page": _get("/evaluations/{evaluation}"),
    "monitoring page": _get("/monitoring"),
    "evaluations page": _get("/evaluations"),
    "metrics": _get("/metrics"),
    "sweep": _sweep,
    "upkeep": _upkeep,
}
"""What is timed."""


async def _batch(school: School) -> None:
    base = f"{API}/evaluation/{school.some.evaluation_id}"
    for path, body in (("batch-queue", {"force": True}), ("cancel", None), ("retry-failed", None)):
        answer = await school.client.post(f"{base}/{path}", json=body)
        assert answer.status_code < 300, answer.text


async def _fail(school: School) -> None:
    _, lease = await must_claim(school.units)
    async with school.units() as uow:
        await jobs.fail(uow, lease, "model_slow", retryable=True)


async def _complete(school: School) -> None:
    _, lease = await must_claim(school.units)
    async with school.units() as uow:
        await jobs.complete(uow, lease)


OTHERS: tuple[Act, ...] = (
    _batch,
    _fail,
    _complete,
    _get("/api/v1/evaluations/{evaluation}"),
    _get("/api/v1/evaluations"),
    _get("/jobs/{job}"),
    _get(f"{API}/evaluation/{{evaluation}}/student/{{student}}"),
    _get(f"{API}/evaluation/{{evaluation}}/student/{{student}}/quotes"),
    _get("/evaluations/{evaluation}/students/{student}"),
)
"""Whose plans are looked at as well."""
