"""Whether processes grow: a worker over 20,000 jobs, a web process over 20,000 streams that come and go."""

import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from app.core.unit_of_work import UnitOfWorkFactory
from app.embedded.procfile import parse_procfile
from app.jobs.models import Job
from app.settings import load
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from tests.benchmarks.material import Classes, make_classes
from tests.benchmarks.measure import Report, Row, memory
from tests.benchmarks.model_stub import running_stub
from tests.benchmarks.school import API, make_school
from tests.benchmarks.site import Site
from tests.support.classes import order, queue
from tests.support.eventually import eventually
from tests.support.program import WebProgram
from tests.support.services import ROOT
from tests.support.stream_client import viewers
from tests.support.web import open_units
from tests.support.worker_process import running_worker

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """A `round` is what one counts as warm; `rounds` of it follow one another."""

    round: int
    rounds: int
    at_once: int


FULL = Size(round=1_000, rounds=20, at_once=500)
SHORT = Size(round=30, rounds=2, at_once=15)


async def run(site: Site) -> list[Report]:
    """Both processes, each on a database of its own."""
    size = SHORT if site.short else FULL
    return [await _worker(site, size), await _web(site, size)]


async def _grown(size: Size, pid: int, one_round: Callable[[], Awaitable[object]]) -> list[Row]:
    """What the process holds after the first round and after others, in megabytes."""
    rows: list[Row] = []
    first = 0.0
    for turn in range(1, size.rounds + 1):
        await one_round()
        megabytes = memory(pid) / MEGABYTE
        first = first or megabytes
        if turn in {1, 2, size.rounds // 4, size.rounds // 2, size.rounds}:
            rows.append({"after": turn * size.round, "MB": megabytes, "of the first": megabytes / first})
    return rows


def _procfile(name: str) -> dict[str, str]:
    """What a line of the Procfile adds to its process's environment: how memory is given back is there."""
    line = parse_procfile((ROOT / "Procfile").read_text())[name]
    return dict(re.findall(r"\b([A-Z_]+)=(\S+)", line))


async def _worker(site: Site, size: Size) -> Report:
    """Every job is the whole pipeline, forced, with a model that answers at once."""
    with site.environ() as environ, running_stub() as stub:
        environ |= {"OLLAMA_BASE_URL": stub.url, "OLLAMA_MODEL": "stub", **_procfile("worker")}
        async with open_units(load(environ)) as units:
            async with units() as uow:
                classes = await make_classes(uow.session, size.round)
            async with running_worker(environ) as worker:
                rows = await _grown(size, worker.child, lambda: _made(units, classes))
    return Report(f"A worker over {size.round * size.rounds:,} jobs", rows)


async def _made(units: UnitOfWorkFactory, classes: Classes) -> None:
    """Have every pupil's summary made anew."""
    for evaluation, students in classes.students.items():
        async with units() as uow:
            await orders.queue(
                uow, SummaryOrder(classes.school_id, evaluation, students, 1, None, force=True)
            )
    await eventually(lambda: _nothing_live(units), within=300)


async def _nothing_live(units: UnitOfWorkFactory) -> bool:
    live = select(Job.id).where(Job.state.in_(("queued", "processing"))).limit(1)
    async with units() as uow:
        return await uow.session.scalar(live) is None


async def _web(site: Site, size: Size) -> Report:
    """Streams of pupils' jobs, opened by hundreds and left by their viewers."""
    with site.environ() as environ, tempfile.TemporaryDirectory() as folder:
        async with open_units(load(environ)) as units:
            some, _, token = await make_school(units, size.at_once)
            queued = await queue(units, order(some, some.students))
        paths = [f"{API}/jobs/{one.job.id}/events" for one in queued.values()]
        web = WebProgram(environ | _procfile("web"), Path(folder) / "log")
        await web.start()
        try:
            async with viewers(web.url) as crowd:

                async def come_and_go() -> None:
                    for _ in range(size.round // size.at_once):
                        await crowd.open(paths, token)
                        await crowd.close()

                rows = await _grown(size, web.pid, come_and_go)
        finally:
            await web.terminate()
    return Report(f"A web process over {size.round * size.rounds:,} streams", rows)
