"""Workers are told to end one after the other under load, and jobs bring their workers down.

1. 20 times SIGTERM to the next of three workers while jobs wait: it exits within 10 s (p99), and no job pays
   for it with an attempt.
2. Among 300 jobs are two that crash: os._exit, and MemoryError. Each must fail at its attempt limit, none of
   the others with it, and the others take less than twice as long as without.
3. SIGKILL, as from a machine without memory, in one process alone, which every job shares with the one that
   crashes it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import text

from app.jobs.models import Job
from app.jobs.states import Outcome, State
from tests.soak.odd_worker import EXIT, KILLED, NO_MEMORY
from tests.soak.report import Report, Scale, spread
from tests.soak.system import QUICK, System, open_system
from tests.soak.verdict import judge, outcomes
from tests.support.classes import SchoolClass, make_class
from tests.support.model_scripts import slow_start

ODD = "tests.soak.odd_worker"
THREADS = {"WORKER_THREADS": "8"}
EXIT_LIMIT_SECONDS = 10.0
SLOWER = 2.0
"""How many times as long as usual the others may take."""

POISON = """
UPDATE feedback_entry SET comment = 'Het was een ' || :words || '.'
WHERE id = (SELECT min(id) FROM feedback_entry WHERE reviewee_id = :pupil)
"""
NO_PAUSE = "UPDATE job SET next_retry_at = now() WHERE state = 'queued' AND next_retry_at > now()"
"""Two, four and eight minutes pass in no time."""


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("7. Rolling SIGTERMs, and jobs that crash")
    await _rolling(report, scale)
    if not scale.short:
        usual = await _batch(report, scale, lines=3, jobs=300, poison=())
        slowed = await _batch(report, scale, lines=3, jobs=300, poison=(EXIT, NO_MEMORY))
        for at in ("p50", "p95"):
            if slowed[at] > SLOWER * usual[at]:
                report.late.append(f"the others took {slowed[at]:.1f} s at {at}, without {usual[at]:.1f} s")
    await _batch(report, scale, lines=1, jobs=scale.pick(40, 10), poison=(KILLED,))
    return report


async def _rolling(report: Report, scale: Scale) -> None:
    """There is always more waiting than all can hold, so each is in the middle of eight jobs."""
    times = scale.pick(20, 3)
    exits, forced = [], 0
    async with open_system(**THREADS, **scale.pick({}, QUICK)) as system:
        await system.model.answer_by(slow_start(scale.pick(0.6, 0.2)))
        await system.add_workers(scale.pick(3, 2))
        queued = 0
        for turn in range(times):
            while (await system.states()).get("queued", 0) < scale.pick(30, 10):
                for some in await system.classes(scale.pick(25, 15)):
                    queued += len(await system.queue(some))
            await asyncio.sleep(scale.random.uniform(0, 1))
            line = system.workers[turn % len(system.workers)]
            exits.append(await line.terminate())
            forced += "worker_ends_by_force" in line.process.log
            await line.start()
        await system.all_ended(report, 120)
        jobs = await judge(system.units, report, queued)
    report.did.append(f"SIGTERM to the next worker {times} times, while {queued} jobs went through")
    report.times("from SIGTERM to the end", exits, limit=EXIT_LIMIT_SECONDS, at="p99")
    report.count("ends by force", forced, 0)
    report.note("jobs handed back", outcomes(jobs, Outcome.HANDED_BACK))
    charged = sum(job.attempt != 1 or job.retry_count > 0 for job in jobs)
    report.count("jobs that paid with an attempt", charged, 0)


async def _batch(
    report: Report, scale: Scale, lines: int, jobs: int, poison: Sequence[str]
) -> dict[str, float]:
    """Queue a class, the poisoned first; returns how long the healthy jobs took."""
    async with open_system(**THREADS, **scale.pick({}, QUICK)) as system:
        await system.model.answer_by(slow_start(scale.pick(0.5, 0.3)))
        await system.add_workers(lines, ODD, SOAK_ODD="poison")
        some = await make_class(system.units, "poison", jobs, comments=5)
        await _poison(system, some, poison)
        async with system.supervised():
            await system.queue(some)
            passing = asyncio.create_task(_no_pauses(system))
            await system.all_ended(report, 180)
            passing.cancel()
            with suppress(asyncio.CancelledError):
                await passing
        ended = await judge(system.units, report, jobs)
        starts = sum(line.starts for line in system.workers)
    where = f"{jobs} jobs, {lines} worker{'s' if lines > 1 else ''}"
    report.did.append(f"{where}, {len(poison)} of the jobs crash; {starts - lines} processes started anew")
    sick, healthy = _apart(ended, some.students[: len(poison)])
    report.count(f"crashing jobs that failed ({where})", _failed_at_limit(sick), len(poison))
    report.count(f"others that completed ({where})", _in(healthy, State.COMPLETED), len(healthy))
    report.note("attempts that cost one of the others at most", max(map(_losses, healthy)))
    took = [(job.completed_at - job.created_at).total_seconds() for job in healthy if job.completed_at]
    report.times(f"others from queued to done ({where}, {len(poison)} crash)", took)
    return spread(took)


async def _poison(system: System, some: SchoolClass, poison: Sequence[str]) -> None:
    async with system.units() as uow:
        for words, student in zip(poison, some.students, strict=False):
            await uow.session.execute(text(POISON), {"words": words, "pupil": student})


async def _no_pauses(system: System) -> None:
    while True:
        async with system.units() as uow:
            await uow.session.execute(text(NO_PAUSE))
        await asyncio.sleep(1)


def _apart(jobs: Sequence[Job], sick: Sequence[int]) -> tuple[list[Job], list[Job]]:
    """The jobs of these pupils, and those of the others."""
    return [job for job in jobs if job.student_id in sick], [
        job for job in jobs if job.student_id not in sick
    ]


def _failed_at_limit(jobs: Sequence[Job]) -> int:
    return sum(job.state == State.FAILED and job.attempt == job.max_retries + 1 for job in jobs)


def _in(jobs: Sequence[Job], state: State) -> int:
    return sum(job.state == state for job in jobs)


def _losses(job: Job) -> int:
    return sum(entry["outcome"] == Outcome.LEASE_LOST for entry in job.history)
