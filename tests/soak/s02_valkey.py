"""Valkey is killed, emptied, stalled, made read-only and filled up while pupils come in and workers work.

It keeps nothing on disk, so each kill forgets every wake-up. Whatever happens to it: nothing that was
accepted is lost, a POST is answered 202 within 2 s, work goes on within 10 s after it is back, and every
process is still the one that was started.
"""

import asyncio
from datetime import timedelta

from sqlalchemy import update

from app.jobs.models import Job
from app.jobs.states import State
from tests.soak.asker import Asker
from tests.soak.report import Report, Scale
from tests.soak.system import QUICK, System, open_system
from tests.soak.verdict import completed, judge
from tests.soak.work import Witness, count, until_work_goes_on
from tests.support.classes import SchoolClass
from tests.support.eventually import eventually
from tests.support.model_scripts import hold, slow_start, status, well

BACK_TIMEOUT_SECONDS = 10.0
ANSWER_LIMIT_SECONDS = 2.0
THREADS = "8"


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("2. Valkey killed, emptied, stalled, read-only, full")
    environ = {"WORKER_THREADS": THREADS, **scale.pick({}, QUICK)}
    async with open_system(**environ) as system:
        await system.web.start()
        await system.add_workers(scale.pick(2, 1))
        witness = Witness(system)
        await _emptied(system, scale, report)
        await system.model.answer_by(slow_start(0.05))
        classes = [(some, await system.teacher(some)) for some in await system.classes(scale.pick(2000, 300))]
        asker = Asker(system.web.url, classes, scale.pick(0.2, 0.1))
        gaps: list[float] = []
        async with asker.asking():
            gaps += await _killed(system, scale, report)
            gaps += await _stalled(system, scale, report)
            gaps += await _refusing(system, scale, report)
        await system.all_ended(report, scale.pick(60, 30))
        ended = await judge(system.units, report, await _queued(system, asker))
        report.count("completed", completed(ended), len(ended))
        report.count(
            "accepted jobs that are there",
            len(asker.accepted & {job.id for job in ended}),
            len(asker.accepted),
        )
        report.wrong += [f"an answer was {answer}" for answer in asker.answers if answer.status != 202]
        report.times(
            "answers to POST", [answer.seconds for answer in asker.answers], ANSWER_LIMIT_SECONDS, at="max"
        )
        report.times("from Valkey's return to work going on", gaps, BACK_TIMEOUT_SECONDS, at="max")
        witness.testify(report)
    return report


async def _queued(system: System, asker: Asker) -> int:
    """Jobs that must be there: those of the first part, and those that were promised by a 202."""
    return await count(system, Job.requested_by.is_(None)) + len(asker.accepted)


async def _emptied(system: System, scale: Scale, report: Report) -> None:
    """FLUSHALL while some jobs wait, some wait for a retry, and some run."""
    waiting, retrying, running = scale.pick((500, 50, 8 * len(system.workers)), (60, 10, 8))
    await system.model.answer_by(status(503))
    await _queue(system, await system.classes(retrying))

    async def put_off() -> bool:
        return await count(system, Job.next_retry_at.is_not(None)) == retrying

    await eventually(put_off, 60)
    await system.model.answer_by(hold())
    await _queue(system, await system.classes(waiting + running))

    async def all_running() -> bool:
        return await count(system, Job.state == State.PROCESSING) == running

    await eventually(all_running, 60)
    system.valkey.broker.flushall()
    report.did.append(f"FLUSHALL with {waiting} queued, {retrying} waiting for a retry and {running} running")
    await system.model.answer_by(well())
    await system.model.release()
    async with system.units() as uow:
        due = Job.next_retry_at - timedelta(minutes=10)
        await uow.session.execute(update(Job).where(Job.next_retry_at.is_not(None)).values(next_retry_at=due))
    await system.all_ended(report, 120)


async def _killed(system: System, scale: Scale, report: Report) -> list[float]:
    """kill -9 and back after 1 to 15 s, short ones more often than long ones."""
    away = [scale.pick(1 + 14 * scale.random.random() ** 4, 0.5) for _ in range(scale.pick(20, 2))]
    gaps = []
    for seconds in away:
        await system.valkey.kill()
        await asyncio.sleep(seconds)
        system.valkey.start()
        gaps.append(await until_work_goes_on(system, report, "a kill"))
    report.did.append(f"killed Valkey {len(away)} times, for {min(away):.1f} to {max(away):.1f} s")
    return gaps


async def _stalled(system: System, scale: Scale, report: Report) -> list[float]:
    """SIGSTOP: connections stand, and nothing answers."""
    gaps = []
    for seconds in scale.pick((13.0, 45.0), (2.5,)):
        system.valkey.stall()
        await asyncio.sleep(seconds)
        system.valkey.go_on()
        report.did.append(f"stalled Valkey for {seconds:g} s")
        gaps.append(await until_work_goes_on(system, report, "a stall"))
    return gaps


async def _refusing(system: System, scale: Scale, report: Report) -> list[float]:
    """It answers but takes no writes: as the replica of a server that is away, and without memory."""
    client, seconds = system.valkey.client, scale.pick(8.0, 1.5)
    client.replicaof("127.0.0.1", "1")
    await asyncio.sleep(seconds)
    client.replicaof("NO", "ONE")
    report.did.append(f"made Valkey read-only for {seconds:g} s")
    gaps = [await until_work_goes_on(system, report, "read-only")]
    client.config_set("maxmemory", 1)
    await asyncio.sleep(seconds)
    client.config_set("maxmemory", 0)
    report.did.append(f"left Valkey without memory for {seconds:g} s")
    return [*gaps, await until_work_goes_on(system, report, "no memory")]


async def _queue(system: System, classes: list[SchoolClass]) -> None:
    for some in classes:
        await system.queue(some)
