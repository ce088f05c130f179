"""Summaries per second and processor time for each, of ours and of what others would pick, in turn."""

import os
import signal
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.contestants import (
    BARE,
    CELERY,
    CELERY_THREADS,
    OURS,
    OURS_ALONE,
    PEERS_OF_OURS,
    PROCRASTINATE,
    RQ,
    TASKIQ,
    WHOLE,
    Contestant,
    running,
)
from tests.benchmarks.field import set_up
from tests.benchmarks.measure import Report, Row, in_turn, ratio
from tests.benchmarks.model_stub import UNLIMITED
from tests.benchmarks.site import Site

ROUNDS = 3
WARM_UP = 1 / 4
"""This share of the jobs comes first, and again: connections and plans of the database must be warm."""
SHORT = 12

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


async def measure(
    site: Site, contestant: Contestant, count: int, delay: float = 0.0, slots: int = UNLIMITED
) -> Run:
    """Have `count` summaries made.

    1. Workers start and make some, the database learns what its tables hold, and they make some more: all is
    warm. 2. They are frozen while jobs are queued, so that queueing is not measured. 3. They are thawed, and
    the clock runs until the last text is stored.
    """
    warm = int(count * WARM_UP)
    async with (
        set_up(site, contestant, 2 * warm + count, delay, slots) as field,
        running(contestant, field.environ) as team,
    ):
        await field.queue(0, warm)
        await field.finished(warm, team)
        await field.analyse()
        await field.queue(warm, warm)
        await field.finished(2 * warm, team)
        team.signal(signal.SIGSTOP)
        await field.queue(2 * warm, count)
        before, started = field.cpu(team), time.time()
        team.signal(signal.SIGCONT)
        ended = await field.finished(2 * warm + count, team)
        after = field.cpu(team)
        cpu = {name: (after[name] - before[name]) * 1000 / count for name in after}
        most = int(field.stub.stats()["most_at_once"])
        return Run(ended - started, count / (ended - started), cpu, most)


async def run(site: Site) -> list[Report]:
    """All in turn; in short without those that are not installed."""
    everyone = [OURS, OURS_ALONE, *PEERS_OF_OURS, WHOLE, BARE]
    here = [one for one in everyone if one.installed]
    if missing := [one.name for one in everyone if not one.installed]:
        assert os.environ.get("PEERS") != "required", "bin/install-peers has not been run"
        print(f"NOT INSTALLED, left out: {', '.join(missing)}. bin/install-peers installs them.", flush=True)
    runs = await in_turn({one.name: _runner(site, one) for one in here}, 1 if site.short else ROUNDS)
    rows = [_row(one, runs) for one in here]
    notes = [
        "rate and ratio: medians; ratio: ours ÷ theirs in the same round. CPU in milliseconds a summary.",
        "CPU is of workers, PostgreSQL and Valkey together; the model stub's is beside it.",
    ]
    return [Report("Summaries per second, with a model that answers at once", rows, notes)]


def _runner(site: Site, one: Contestant) -> Callable[[], Awaitable[Run]]:
    return lambda: measure(site, one, SHORT if site.short else one.jobs)


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
