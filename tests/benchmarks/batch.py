"""One batch of a thousand pupils: what starting it takes, and what 300 who watch cost, live or by polling."""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from msgspec.structs import replace
from sqlalchemy import text

from app.core import logs
from app.core.events import Event
from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import service as jobs
from app.jobs.events import job_events
from app.jobs.models import Job
from app.jobs.sql import transitions
from app.jobs.sql.transitions import Renewal
from app.settings import load
from tests.benchmarks.measure import Report, Row, cpu_seconds, percentile
from tests.benchmarks.polled import APPLICATION
from tests.benchmarks.school import API, School, make_school, open_school
from tests.benchmarks.site import Site
from tests.support import plans
from tests.support.classes import must_claim, order, queue
from tests.support.program import Program, free_port
from tests.support.services import ROOT
from tests.support.stream_client import viewers
from tests.support.web import open_units

POLL_INTERVAL_SECONDS = 3.0
"""Seconds, as the earlier design's pages did."""

STEPS = 10
"""Steps of progress that each job tells, as many as the product's own do."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much. `pace` is summaries a second: what a school's model may write."""

    students: Sequence[int]
    rounds: int
    watchers: int
    seconds: float
    pace: float


FULL = Size(students=(10, 100, 1_000), rounds=7, watchers=300, seconds=75, pace=2)
"""75 s are long enough that every viewer's login and rights are checked, which is spread over 48 to 72 s."""

SHORT = Size(students=(10, 100), rounds=1, watchers=10, seconds=1, pace=4)


async def run(site: Site) -> list[Report]:
    """Both tables. Raises AssertionError when a larger class takes more statements."""
    logs.configure("text", "warning")
    size = SHORT if site.short else FULL
    started = [await _started(site, students, size.rounds) for students in size.students]
    assert len({row["statements"] for row in started}) == 1, started
    return [
        Report("A batch: one POST, the application in the measuring process", started),
        Report(
            f"{size.watchers} who watch one batch for {size.seconds:g} s: processor time a minute",
            await _watched(site, size),
            [
                f"the model writes {size.pace:g} summaries a second; each job tells {STEPS} steps",
                f"pollers ask every {POLL_INTERVAL_SECONDS:g} s over a connection that they keep",
                "counted: the server, PostgreSQL on its behalf, Valkey; not: opening, writers, clients",
            ],
        ),
    ]


async def _started(site: Site, students: int, rounds: int) -> Row:
    with site.environ() as environ:
        async with open_school(load(environ), students) as school:
            await post_batch(school)  # the first makes connections and prepares statements
            took, statements = [], 0
            for _ in range(rounds):
                with plans.listening() as sent:
                    took.append(await post_batch(school))
                statements = len(sent.statements)
    return {
        "pupils": students,
        "median ms": median(took) * 1000,
        "worst ms": percentile(took, 100) * 1000,
        "statements": statements,
    }


async def post_batch(school: School) -> float:
    """Queue the whole class; seconds until the answer. Then cancel it, so that it can be done again."""
    base = f"{API}/evaluation/{school.some.evaluation_id}"
    began = time.perf_counter()
    answer = await school.client.post(f"{base}/batch-queue", json={"force": True})
    took = time.perf_counter() - began
    assert answer.status_code == 202, answer.text
    assert answer.json()["queued"] == len(school.some.students)
    cancelled = await school.client.post(f"{base}/cancel")
    assert cancelled.json()["count"] == len(school.some.students), cancelled.text
    return took


async def _watched(site: Site, size: Size) -> list[Row]:
    """Each way of watching in turn, on a database of its own, over the same batch."""
    contestants: dict[str, tuple[str, Watching]] = {
        "terugblik, live": ("web.main", _live),
        "peer, polled": ("tests.benchmarks.polled", _polling("/jobs/{job}/status")),
        "terugblik, polled": ("web.main", _polling(f"{API}/jobs/{{job}}/status")),
    }
    rows: list[dict[str, str | float]] = []
    for name, (module, watching) in contestants.items():
        with site.environ() as environ, tempfile.TemporaryDirectory() as folder:
            cost = await _cost(site, environ, Path(folder), module, watching, size)
        rows.append({"watchers": name, "CPU ms a minute": cost * 60_000 / size.seconds})
    ours = rows[0]["CPU ms a minute"]
    return [{**row, "times ours": float(row["CPU ms a minute"]) / float(ours)} for row in rows]


Watching = Callable[[str, Sequence[str], str], AbstractAsyncContextManager[None]]
"""Has everybody watch these jobs at this address with this token, until the block ends."""


async def _cost(
    site: Site, environ: dict[str, str], folder: Path, module: str, watching: Watching, size: Size
) -> float:
    """Processor seconds of one server while it is watched and the batch goes on."""
    async with open_units(load(environ)) as units:
        some, _, token = await make_school(units, size.watchers)
        found = await queue(units, order(some, some.students))
        ids = [found[student].job.id for student in some.students]
        port = free_port()
        served = {**environ, "HOST": "127.0.0.1", "PORT": str(port)}
        server = Program(module, served, folder / "log", port)
        await server.start()
        try:
            async with watching(server.url, ids, token):
                before = cpu_seconds(server.pid, site.valkey, *await _backends(units))
                await _write(units, size)
                return cpu_seconds(server.pid, site.valkey, *await _backends(units)) - before
        finally:
            await server.terminate()


async def _backends(units: UnitOfWorkFactory) -> list[int]:
    """The processes in which PostgreSQL works for the server."""
    found = text("SELECT pid FROM pg_stat_activity WHERE application_name IN ('terugblik-web', :peer)")
    async with units() as uow:
        return list(await uow.session.scalars(found, {"peer": APPLICATION}))


@asynccontextmanager
async def _live(url: str, ids: Sequence[str], token: str) -> AsyncIterator[None]:
    """Everybody has a stream open."""
    async with viewers(url) as crowd:
        await crowd.open([f"{API}/jobs/{job}/events" for job in ids], token)
        yield


def _polling(path: str) -> Watching:
    """Everybody asks, again and again; measured once all have had an answer."""

    @asynccontextmanager
    async def watching(url: str, ids: Sequence[str], token: str) -> AsyncIterator[None]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.poll_client", url, str(POLL_INTERVAL_SECONDS), token),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write("".join(f"{path.format(job=job)}\n" for job in ids).encode() + b"\n")
            assert await process.stdout.readline() == b"polling\n"
            yield
        finally:
            process.kill()
            await process.wait()

    return watching


async def _write(units: UnitOfWorkFactory, size: Size) -> None:
    """Be the workers: claim, tell the steps and complete, at the pace; every step is stored and told."""
    ends = time.perf_counter() + size.seconds
    step = 1 / size.pace / (STEPS + 2)
    while time.perf_counter() < ends:
        job, lease = await must_claim(units)
        for number in range(1, STEPS + 1):
            await asyncio.sleep(step)
            progress = number * 9
            renewal = Renewal(job.id, lease.token, job.seq + number, progress, "writing", [])
            async with units() as uow:
                await transitions.renew(uow.session, [renewal], lease=30)
                uow.publish(_step(job, job.seq + number, progress))
        async with units() as uow:
            await jobs.complete(uow, lease)
        await asyncio.sleep(step)


def _step(job: Job, seq: int, progress: int) -> Event:
    (event,) = job_events(job)
    assert event.job is not None
    return replace(event, seq=seq, job=replace(event.job, progress=progress, stage="writing"))
