"""A large school does not stand before a small one, nor an urgent lane for ever before the others.

1. School A has 5,000 jobs waiting. Again and again another school queues one in the same lane: it must be
   among the next two that start. Then the same when A's jobs have waited for more than ten minutes. (With one
   worker of one thread, for among claims at the same moment none is the next.)
2. The urgent lane always has more than all workers can take, and a class waits in the low lane. Time is
   virtual there: with every start the rows are aged in the database. After ten minutes the low jobs must
   get their turns.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, text

from app.jobs import service
from app.jobs.models import Job
from app.summaries import orders
from tests.soak.report import Report, Scale
from tests.soak.system import System, open_system
from tests.soak.verdict import judge
from tests.support.classes import LANE, SchoolClass, make_class, order, queue
from tests.support.eventually import eventually
from tests.support.model_scripts import slow_start

MAX_STARTS = 2
LIFTED = 600.0
EACH_START = 2.0
"""Virtual seconds that pass with each start: 16 at once that take half a minute each."""
GRACE = 60.0
"""Seconds past the ten minutes in which all ten low jobs must have started: every second start is theirs."""

AGE = """
UPDATE job SET created_at = created_at - make_interval(secs => :seconds),
               waiting_since = waiting_since - make_interval(secs => :seconds)
WHERE state = 'queued'
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A small school's job, and when its COMMIT was done."""

    job_id: str
    committed: datetime


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("8. Fair shares of schools and lanes")
    async with open_system() as system:
        await system.model.answer_by(slow_start(scale.pick(0.1, 0.03)))
        one_by_one = await system.add_worker(WORKER_THREADS="1")
        large = await _large_school(system, scale.pick(5000, 150))
        await _small_ones(system, report, scale, "")
        await _age(system, LIFTED + 60)
        await _small_ones(system, report, scale, " after A waited for ten minutes")
        await one_by_one.terminate()
        await _cancel(system, large)
        await system.model.answer_by(slow_start(0.1))
        await system.add_workers(2, WORKER_THREADS="4")
        await _low_lane(system, report, scale)
        await system.all_ended(report, 60)
        async with system.units() as uow:
            jobs = len((await uow.session.scalars(select(Job.id))).all())
        await judge(system.units, report, jobs)
    return report


async def _large_school(system: System, students: int) -> list[SchoolClass]:
    first = await make_class(system.units, "large", 25, comments=5)
    classes = [first]
    for _ in range(students // 25 - 1):
        classes.append(await make_class(system.units, "", 25, comments=5, school=first.school_id))
    for some in classes:
        await system.queue(some)
    return classes


async def _small_ones(system: System, report: Report, scale: Scale, when: str) -> None:
    """Schools that queue one job each, one after the other."""
    arrivals = []
    waiting = (await system.states()).get("queued", 0)
    for some in await system.classes(25 * scale.pick(20, 5)):
        await asyncio.sleep(scale.random.uniform(0, 0.3))
        arrivals.append(one := await _arrive(system, some))
        await _until_started(system, one.job_id)
    async with system.units() as uow:
        jobs = list(await uow.session.scalars(select(Job).where(Job.started_at.is_not(None))))
    starts = {job.id: job.started_at for job in jobs if job.started_at}
    positions = []
    for one in arrivals:
        positions.append(1 + sum(one.committed < at < starts[one.job_id] for at in starts.values()))
    report.did.append(f"{len(arrivals)} schools queued one job each beside {waiting} of school A{when}")
    report.note(f"usual place among the starts{when}", sorted(positions)[len(positions) // 2])
    report.at_most(f"worst place among the starts{when}", max(positions), MAX_STARTS)


async def _arrive(system: System, some: SchoolClass) -> Arrival:
    async with system.units() as uow:
        queued = await orders.queue(uow, order(some, some.students[:1]))
        await uow.session.commit()
        return Arrival(queued[some.students[0]].job.id, datetime.now(UTC))


async def _until_started(system: System, job_id: str) -> None:
    async def started() -> bool:
        async with system.units() as uow:
            return (await uow.session.get_one(Job, job_id)).started_at is not None

    await eventually(started, 30)


async def _low_lane(system: System, report: Report, scale: Scale) -> None:
    """Low jobs that have waited for some minutes already, beside more urgent work than can be done."""
    low = await make_class(system.units, "low", 10, comments=5)
    await queue(system.units, order(low, low.students, "low"))
    await _age(system, scale.pick(300, 560))
    fed: list[SchoolClass] = []
    starts = await _starts(system)
    while await _waiting(system, "low"):
        await _feed(system, fed)
        now = await _starts(system)
        await _age(system, (now - starts) * EACH_START)
        starts = now
        await asyncio.sleep(0.05)
    async with system.units() as uow:
        jobs = list(await uow.session.scalars(select(Job).where(Job.lane == LANE["low"])))
    await _cancel(system, fed)
    waits = [(job.started_at - job.created_at).total_seconds() for job in jobs if job.started_at]
    report.did.append(f"{len(jobs)} low jobs beside a high lane that never ran dry ({len(fed) * 25} jobs)")
    report.times("wait of a low job, in virtual time", waits, limit=LIFTED + GRACE, at="max")
    report.count("low jobs that started", len(waits), len(jobs))


async def _feed(system: System, fed: list[SchoolClass]) -> None:
    """Keep more urgent jobs waiting than all threads can take."""
    while await _waiting(system, "high") < 20:
        for some in await system.classes(25):
            fed.append(some)
            await system.queue(some, lane="high")


async def _waiting(system: System, lane: str) -> int:
    query = select(func.count()).where(Job.state == "queued", Job.lane == LANE[lane])
    async with system.units() as uow:
        return int(await uow.session.scalar(query) or 0)


async def _starts(system: System) -> int:
    async with system.units() as uow:
        return int(await uow.session.scalar(select(func.count()).where(Job.started_at.is_not(None))) or 0)


async def _age(system: System, seconds: float) -> None:
    async with system.units() as uow:
        await uow.session.execute(text(AGE), {"seconds": seconds})


async def _cancel(system: System, classes: list[SchoolClass]) -> None:
    for some in classes:
        async with system.units() as uow:
            await service.cancel_evaluation(uow, some.school_id, some.evaluation_id)
