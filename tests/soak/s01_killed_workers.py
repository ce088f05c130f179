"""Workers are killed one after the other while they work through a batch.

Three worker processes share 1,000 jobs. Every 3 to 10 seconds a random one gets kill -9 and is started
again. All jobs must end, each with one stored summary, and a job whose worker was killed must run again
within 15 s (p95): its lease runs out after 10 s at most, and the sweeper looks every 5.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from app.jobs.models import Job
from app.jobs.states import Outcome
from tests.soak.report import Report, Scale
from tests.soak.system import QUICK, System, open_system
from tests.soak.verdict import completed, judge, outcomes
from tests.support.model_scripts import slow_start

RETRIES = 10
"""At the default of 3 a job that is hit four times fails, as it should; here all must come through."""


@dataclass(frozen=True, slots=True)
class Kill:
    """Which process was killed, and when."""

    worker: str
    at: datetime


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("1. Workers killed while they work")
    jobs = scale.pick(1000, 30)
    environ = {"WORKER_THREADS": "8", **scale.pick({}, QUICK)}
    async with open_system(**environ) as system:
        await system.model.answer_by(slow_start(scale.pick(0.4, 0.15)))
        await system.add_workers(3)
        for some in await system.classes(jobs):
            await system.queue(some, max_retries=RETRIES)
        kills = await _kill_until_done(system, scale)
        await system.all_ended(report, scale.pick(120, 20))
        ended = await judge(system.units, report, jobs)
        report.did.append(f"queued {jobs} jobs for 3 processes of 8 threads, and killed {len(kills)} of them")
        report.count("completed", completed(ended), jobs)
        report.note("attempts cut off", outcomes(ended, Outcome.LEASE_LOST))
        report.note("model calls", sum((await system.model.counts()).values()))
        report.times("from kill to running again", _gaps(ended, kills), limit=scale.pick(15, 5))
    return report


async def _kill_until_done(system: System, scale: Scale) -> list[Kill]:
    """Kill and start again, as long as enough jobs wait that somebody is at work."""
    kills: list[Kill] = []
    while (await system.states()).get("queued", 0) > scale.pick(50, 8):
        await asyncio.sleep(scale.random.uniform(*scale.pick((3, 10), (0.5, 1))))
        victim = scale.random.choice(system.workers)
        kills.append(Kill(victim.name, datetime.now(UTC)))
        await victim.kill()
        await victim.start()
    return kills


def _gaps(jobs: list[Job], kills: list[Kill]) -> list[float]:
    """Seconds from each kill to the next attempt of each job that it cut off."""
    died = {kill.worker: kill.at for kill in kills}
    gaps = []
    for job in jobs:
        for entry, following in pairwise(job.history):
            if entry["outcome"] == Outcome.LEASE_LOST and entry["worker"] in died:
                again = datetime.fromisoformat(following["started_at"])
                gaps.append((again - died[entry["worker"]]).total_seconds())
    return gaps
