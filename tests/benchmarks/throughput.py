"""Summaries per second and processor time for each, of ours and of what others would pick, in turn."""

import asyncio
import os
import signal
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from app.core.db import SessionFactory, make_engine, make_session_factory
from app.core.events import Publisher
from app.core.redis import make_async_redis
from app.core.unit_of_work import unit_of_work_factory
from app.jobs import service as jobs
from app.jobs.service import Order
from app.settings import load
from tests.benchmarks.contestants import (
    BARE,
    CELERY,
    CELERY_THREADS,
    OURS,
    PEERS_OF_OURS,
    PROCRASTINATE,
    RQ,
    TASKIQ,
    WHOLE,
    Contestant,
    Team,
    run_command,
    running,
)
from tests.benchmarks.material import Classes, make_classes
from tests.benchmarks.measure import Report, Row, cpu_seconds, in_turn, ratio
from tests.benchmarks.model_stub import ModelStub, running_stub
from tests.benchmarks.peers import work
from tests.benchmarks.place import Place
from workers.dispatch import RedisDispatcher

ROUNDS = 3
WARM_UP = 1 / 3
"""This share of the jobs comes first: connections and plans of the database must be warm."""
SHORT = 12
LOOK_EVERY = 0.25
"""Seconds between two looks at how far they are: the look itself costs the database something."""

MINE = text(
    """
    SELECT count(*), max(completed_at) FROM job JOIN summary ON summary.job_id = job.id
    WHERE job.state = 'completed' AND NOT summary.provisional
    """
)
THEIRS = text(
    """
    SELECT count(*), max(completed_at) FROM peer_job JOIN peer_summary USING (evaluation_id, student_id)
    WHERE status = 'completed'
    """
)

AIMS = {RQ: 5.0, CELERY: 3.0, CELERY_THREADS: 3.0, PROCRASTINATE: 2.0, TASKIQ: 1.0}
"""How many times as fast we want to be."""


@dataclass(frozen=True, slots=True)
class Run:
    """One contestant, once. `cpu`: milliseconds a summary, by kind of process."""

    seconds: float
    rate: float
    cpu: Mapping[str, float]
    most_at_once: int

    @property
    def total(self) -> float:
        """Of all processes, the model's left out."""
        return sum(value for name, value in self.cpu.items() if name != "model")


async def measure(place: Place, contestant: Contestant, count: int, delay: float = 0.0) -> Run:
    """Have `count` summaries made.

    1. Workers start and make some, to be warm. 2. They are frozen while jobs are queued, so that queueing is
    not measured. 3. They are thawed, and the clock runs until the last text is stored.
    """
    warm = int(count * WARM_UP)
    with place.environ() as environ, running_stub(delay) as stub:
        environ |= {"OLLAMA_BASE_URL": stub.url, "OLLAMA_MODEL": "stub", **contestant.environ}
        field = await _Field.open(place, contestant, environ, stub, warm + count)
        async with running(contestant, environ) as team:
            await field.queue(0, warm)
            await field.finished(warm, team)
            team.signal(signal.SIGSTOP)
            await field.queue(warm, count)
            before, started = field.cpu(team), time.time()
            team.signal(signal.SIGCONT)
            ended = await field.finished(warm + count, team)
            after = field.cpu(team)
        await field.close()
        seconds = ended - started
        cpu = {name: (after[name] - before[name]) * 1000 / count for name in after}
        return Run(seconds, count / seconds, cpu, int(stub.stats()["most_at_once"]))


class _Field:
    """The database, the pupils and the model of one run."""

    def __init__(
        self, place: Place, contestant: Contestant, environ: Mapping[str, str], stub: ModelStub
    ) -> None:
        self._place = place
        self._contestant = contestant
        self._environ = environ
        self._stub = stub
        self._settings = load(environ)
        self._engine = make_engine(self._settings.database, "bench")
        self._sessions: SessionFactory = make_session_factory(self._engine)
        self._classes: Classes

    @classmethod
    async def open(
        cls, place: Place, contestant: Contestant, environ: Mapping[str, str], stub: ModelStub, pupils: int
    ) -> "_Field":
        """With the pupils in the database."""
        field = cls(place, contestant, environ, stub)
        async with field._sessions() as session, session.begin():
            field._classes = await make_classes(session, pupils)
            for statement in work.SCHEMA:
                await session.execute(text(statement))
        return field

    async def close(self) -> None:
        """Leave the database, so that it can be dropped."""
        await self._engine.dispose()

    async def queue(self, start: int, count: int) -> None:
        """Ask for the summaries of `count` pupils."""
        chosen = self._classes.pairs[start : start + count]
        if self._contestant.queue:
            lines = "".join(f"job-{student} {evaluation} {student}\n" for evaluation, student in chosen)
            await run_command(self._contestant, self._contestant.queue, self._environ, lines)
            return
        client, dispatcher = make_async_redis(self._settings.redis), RedisDispatcher(self._settings.redis)
        units = unit_of_work_factory(self._sessions, dispatcher, Publisher(client))
        for evaluation in dict.fromkeys(evaluation for evaluation, _ in chosen):
            students = [student for other, student in chosen if other == evaluation]
            async with units() as uow:
                order = Order(self._classes.school_id, evaluation, students, lane=1, requested_by=None)
                await jobs.queue(uow, order)
        await client.aclose()
        await dispatcher.close()

    async def finished(self, count: int, team: Team) -> float:
        """When the last of so many was stored. Raises AssertionError when nothing moves any more."""
        made, moved = -1, time.monotonic()
        while (found := await self._made())[0] < count:
            if found[0] != made:
                made, moved = found[0], time.monotonic()
            assert time.monotonic() < moved + 30, f"{self._contestant.name} stands still: {team.last_words()}"
            await asyncio.sleep(LOOK_EVERY)
        return found[1]

    async def _made(self) -> tuple[int, float]:
        """How many are stored, and since when the last of them is."""
        if not self._contestant.stores:
            stats = self._stub.stats()
            return int(stats["calls"]), stats["last_token"]
        async with self._sessions() as session:
            count, last = (await session.execute(THEIRS if self._contestant.queue else MINE)).one()
        return int(count), last.timestamp() if count else 0.0

    def cpu(self, team: Team) -> dict[str, float]:
        """Seconds so far."""
        return {
            "workers": cpu_seconds(*team.pids),
            "PostgreSQL": cpu_seconds(self._place.postgres),
            "Valkey": cpu_seconds(self._place.valkey),
            "model": cpu_seconds(self._stub.pid),
        }


async def run(place: Place) -> list[Report]:
    """All in turn; in short without those that are not installed."""
    everyone = [OURS, *PEERS_OF_OURS, WHOLE, BARE]
    here = [one for one in everyone if one.installed]
    if missing := [one.name for one in everyone if not one.installed]:
        assert "CI" not in os.environ, "bin/install-peers has not been run"
        print(f"NOT INSTALLED, left out: {', '.join(missing)}. bin/install-peers installs them.", flush=True)
    runs = await in_turn({one.name: _runner(place, one) for one in here}, 1 if place.short else ROUNDS)
    rows = [_row(one, runs) for one in here]
    notes = [
        "rate and ratio: medians; ratio: ours ÷ theirs in the same round. CPU in milliseconds a summary.",
        "CPU is of workers, PostgreSQL and Valkey together; the model stub's is beside it.",
    ]
    return [Report("Summaries per second, with a model that answers at once", rows, notes)]


def _runner(place: Place, one: Contestant) -> Callable[[], Awaitable[Run]]:
    return lambda: measure(place, one, SHORT if place.short else one.jobs)


def _row(one: Contestant, runs: Mapping[str, Sequence[Run]]) -> Row:
    mine = runs[one.name]
    rates = [run.rate for run in mine]
    parts = {name: statistics.median(run.cpu[name] for run in mine) for name in mine[0].cpu}
    return {
        "": one.name,
        "per second": statistics.median(rates),
        "ours ÷ theirs": ratio([run.rate for run in runs[OURS.name]], rates),
        "aim": AIMS.get(one),
        "CPU ms": statistics.median(run.total for run in mine),
        **{f"{name} ms": value for name, value in parts.items()},
    }
