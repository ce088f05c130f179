"""Thousands of pupils who each watch their own summary on one web process: what each costs."""

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from app.core.events import Event, Publisher
from app.core.redis import make_async_redis
from app.jobs.events import job_events
from app.jobs.models import Job
from app.settings import load
from tests.benchmarks.measure import Report, Row, cpu_seconds, memory
from tests.benchmarks.school import API, make_school
from tests.benchmarks.site import Site
from tests.support.classes import order, queue
from tests.support.eventually import eventually
from tests.support.program import WebProgram
from tests.support.stream_client import Delivered, Viewers, allow_files, viewers
from tests.support.web import open_units

FILES = 12_000
"""Open files that a process needs for ten thousand streams."""

AT_ONCE = 500
"""Events in one round trip to Valkey, when everybody is told something."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much. Times are seconds."""

    viewers: int
    idle: float
    steady: float
    rate: int


FULL = Size(viewers=10_000, idle=20, steady=10, rate=100)
SHORT = Size(viewers=40, idle=0.5, steady=0.5, rate=20)


async def run(site: Site) -> list[Report]:
    """Open them, leave them be, tell a few, tell all."""
    size = SHORT if site.short else FULL
    allow_files(FILES)
    with site.environ() as environ, tempfile.TemporaryDirectory() as folder:
        async with open_units(load(environ)) as units:
            some, _, token = await make_school(units, size.viewers)
            queued = await queue(units, order(some, some.students))
        web = WebProgram(environ, Path(folder) / "log")
        await web.start()
        try:
            async with viewers(web.url) as crowd:
                jobs = [queued[student].job for student in some.students]
                return [await _measured(environ, web, crowd, jobs, token, size)]
        finally:
            await web.terminate()


async def _measured(
    environ: dict[str, str], web: WebProgram, crowd: Viewers, jobs: Sequence[Job], token: str, size: Size
) -> Report:
    await crowd.open([f"{API}/jobs/{jobs[0].id}/events"], token)  # the first loads what all share
    before, cpu = memory(web.pid), cpu_seconds(web.pid)
    opening = await crowd.open([f"{API}/jobs/{job.id}/events" for job in jobs[1:]], token)
    opened, each = cpu_seconds(web.pid) - cpu, (memory(web.pid) - before) / len(jobs)
    cpu = cpu_seconds(web.pid)
    await asyncio.sleep(size.idle)
    idle = (cpu_seconds(web.pid) - cpu) / size.idle
    redis = make_async_redis(load(environ).redis)
    sender = _EventSender(web, crowd, Publisher(redis))
    few, few_cpu = await sender.publish(jobs[: int(size.rate * size.steady)], 1, 1, size.rate)
    everybody, all_cpu = await sender.publish(jobs, 2, AT_ONCE, None)
    await redis.aclose()
    assert await crowd.count() == len(jobs), "a stream was lost"
    rows: list[Row] = [
        {"what": "open one", "CPU ms": opened / len(jobs) * 1000, "p50 ms": None, "p99 ms": None},
        {"what": "keep one open for a minute", "CPU ms": idle * 60_000 / len(jobs)},
        _row(f"an event, {size.rate} a second", few, few_cpu - idle * size.steady),
        _row("an event, everybody at once", everybody, all_cpu),
    ]
    notes = [
        f"memory: {each / 1000:.0f} kB a stream",
        f"opened in {opening:.0f} s, {len(jobs) / opening:.0f} a second",
        f"with nothing to tell they keep {idle:.0%} of a core busy: pings, and logins checked every minute",
        "from publishing to being read by a client in Python that shares the two cores",
    ]
    return Report(f"{len(jobs):,} streams on one web process", rows, notes)


def _row(what: str, event: Delivered, cpu: float) -> Row:
    spent = max(0.0, cpu) / event.count * 1000
    return {"what": what, "CPU ms": spent, "p50 ms": event.p50 * 1000, "p99 ms": event.p99 * 1000}


@dataclass(frozen=True, slots=True)
class _EventSender:
    """Publishes progress, and waits until it has been read."""

    web: WebProgram
    crowd: Viewers
    publisher: Publisher

    async def publish(
        self, jobs: Sequence[Job], turn: int, at_once: int, rate: float | None
    ) -> tuple[Delivered, float]:
        """One event for each job; with `rate` so many a second. Also the web process's seconds meanwhile."""
        published: dict[int, float] = {}
        began, cpu = time.perf_counter(), cpu_seconds(self.web.pid)
        for start in range(0, len(jobs), at_once):
            events = [
                _progress(job, turn * len(jobs) + number)
                for number, job in enumerate(jobs[start : start + at_once], start=start)
            ]
            published |= dict.fromkeys((event.seq for event in events), time.time())
            await self.publisher.publish(events)
            if rate is not None:
                await asyncio.sleep(max(0.0, began + (start + 1) / rate - time.perf_counter()))
        await eventually(lambda: self._all_read(published), within=60)
        return await self.crowd.delivered(published), cpu_seconds(self.web.pid) - cpu

    async def _all_read(self, published: Mapping[int, float]) -> bool:
        return (await self.crowd.delivered(published)).count == len(published)


def _progress(job: Job, seq: int) -> Event:
    """An event with a seq that no other has, so that the client can tell when it was published."""
    (event,) = job_events(job)
    assert event.job is not None
    return replace(event, seq=seq, job=replace(event.job, status="processing", progress=50, stage="writing"))
