"""A wrong clock, messages that come ten times, and a worker that comes back from the dead.

1. Of three workers one's clock is an hour ahead and one's an hour behind. Every job takes longer than a
   lease. Leases are in the database's time, so none may run out early, and the model is called once for each
   prompt.
2. Every wake-up is delivered ten times to four workers: the model calls are those of the jobs alone.
3. A worker that never renews its leases is stopped in the middle of its jobs. Others take these over and
   finish them. Then it wakes up and finishes as well: it may overwrite nothing.
"""

import asyncio
import re
import time
from datetime import datetime

from sqlalchemy import text

from app.jobs.states import Outcome
from app.tasks import SUMMARY, job_waits
from tests.soak.report import Report, Scale
from tests.soak.system import QUICK, System, WorkerLine, open_system
from tests.soak.verdict import completed, judge, outcomes
from tests.support.classes import SchoolClass, make_class
from tests.support.eventually import eventually
from tests.support.model_scripts import slow_start, well
from workers.dispatch import RedisDispatcher

ODD = "tests.soak.odd_worker"
HOUR = 3600
CALLS = 4
"""Prompts of a job with five comments: to read, judge, write and check."""
COPIES = 10
TWINS = 16
"""Jobs that the stopped worker holds; as many as its threads."""


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("5. Wrong clocks, copies, stale twins")
    async with open_system(**scale.pick({}, QUICK)) as system:
        jobs = await _wrong_clocks(system, report, scale)
        jobs += await _copies(system, report, scale)
        early = outcomes(await judge(system.units, report, jobs), Outcome.LEASE_LOST)
        if early:
            report.lost.append(f"{early} leases ran out while their worker was alive")
        jobs += await _stale_twin(system, report, scale)
        ended = await judge(system.units, report, jobs)
        report.count("completed", completed(ended), jobs)
    return report


async def _wrong_clocks(system: System, report: Report, scale: Scale) -> int:
    """The model takes half a lease for each of six prompts in the full form.

    The jobs are as many as the workers have threads, and take so long that each worker must take its part.
    """
    jobs = scale.pick(96, 48)
    await system.model.answer_by(slow_start(scale.pick(2.5, 0.8)))
    _, ahead, behind = await asyncio.gather(
        system.add_worker(),
        system.add_worker(ODD, SOAK_ODD=f"clock {HOUR}"),
        system.add_worker(ODD, SOAK_ODD=f"clock -{HOUR}"),
    )
    await _make(system, report, "clock", jobs)
    for line, what in ((ahead, "ahead"), (behind, "behind")):
        if abs(_clock_error(line)) < HOUR / 2:
            report.lost.append(f"the clock of the worker {what} was right, so nothing was tried")
    report.did.append(f"{jobs} jobs longer than their lease, on clocks of +1 h, -1 h and right")
    report.count("model calls with wrong clocks", await _calls(system), jobs * CALLS)
    return jobs


async def _copies(system: System, report: Report, scale: Scale) -> int:
    jobs = scale.pick(300, 24)
    before = await _calls(system)
    await system.model.answer_by(well())
    await system.add_worker()
    dispatcher = RedisDispatcher(system.settings.redis)
    some = await make_class(system.units, "copies", jobs, comments=5)
    await dispatcher.send([job_waits(SUMMARY, 1)] * jobs * (COPIES - 1))
    await system.queue(some)
    await system.all_ended(report, 120)
    await eventually(lambda: system.valkey.broker.dbsize() == 0, 60)
    await dispatcher.close()
    report.did.append(f"{jobs} jobs whose wake-ups came {COPIES} times each, to 4 workers")
    report.count("model calls with copies", await _calls(system) - before, jobs * CALLS)
    return jobs


async def _stale_twin(system: System, report: Report, scale: Scale) -> int:
    """1. It alone takes jobs, and stops. 2. Another finishes them. 3. It goes on, and finishes too."""
    await system.model.answer_by(slow_start(0.5))
    async with asyncio.TaskGroup() as together:
        for line in system.workers:
            together.create_task(line.terminate())
        begun = together.create_task(system.add_worker(ODD, SOAK_ODD="forgets leases"))
    twin = begun.result()
    some = await make_class(system.units, "twins", TWINS, comments=5)
    await system.queue(some)

    async def all_running() -> bool:
        return (await system.states()).get("processing", 0) == TWINS

    await eventually(all_running, 30)
    twin.process.freeze()
    await system.model.answer_by(well())
    await system.add_worker()
    await system.all_ended(report, 90)
    before = await _stored(system, some)
    twin.process.thaw()
    await eventually(lambda: len(_thrown_away(twin)) == TWINS, 60)
    after = await _stored(system, some)
    report.did.append(f"stopped a worker with {TWINS} jobs, let another finish them, and let it finish too")
    report.count("endings of the twin thrown away", len(_thrown_away(twin)), TWINS)
    overwritten = sum(after.get(student) != version for student, version in before.items())
    report.count("summaries that it overwrote", overwritten, 0)
    return TWINS


async def _make(system: System, report: Report, slug: str, jobs: int) -> None:
    await system.queue(await make_class(system.units, slug, jobs, comments=5))
    await system.all_ended(report, 180)


async def _calls(system: System) -> int:
    return sum((await system.model.counts()).values())


async def _stored(system: System, some: SchoolClass) -> dict[int, tuple[int, str]]:
    """The row of each summary and the transaction that wrote it."""
    query = text("SELECT student_id, id, xmin::text FROM summary WHERE evaluation_id = :evaluation")
    async with system.units() as uow:
        rows = await uow.session.execute(query, {"evaluation": some.evaluation_id})
        return {student: (row, version) for student, row, version in rows}


def _thrown_away(line: WorkerLine) -> list[str]:
    """Whatever it wanted to write of its jobs: results, and hand-backs where it was stopped while reading."""
    return re.findall(r"lease_lost .*outcome_thrown_away=", line.process.log)


def _clock_error(line: WorkerLine) -> float:
    """How many seconds the last end of an attempt in a worker's log is ahead of now."""
    last_time = re.findall(r"^(\S+) .*attempt_ended", line.process.log, re.MULTILINE)[-1]
    return datetime.fromisoformat(last_time).timestamp() - time.time()
