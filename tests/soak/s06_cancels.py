"""Summaries are cancelled at random moments: while they wait, while the model reads, within a sentence.

500 jobs, each cancelled over HTTP at a moment of its own. A cancelled job stays cancelled and stores nothing,
and the model's stream of one that ran is closed within a second (p95). Then the same with pub/sub cut off, so
that workers learn of a cancel from the lease's renewal only: within ten seconds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from sqlalchemy import text

from app.jobs.models import Job
from app.jobs.states import Outcome, State
from tests.soak.report import Report, Scale
from tests.soak.system import QUICK, System, open_system
from tests.soak.verdict import judge
from tests.support.classes import SchoolClass
from tests.support.eventually import eventually
from tests.support.model_scripts import Script

AT_ONCE = 1.0
AT_RENEWAL = 10.0
CANCEL = "/api/v1/feedback-summaries/jobs/{}/cancel"

MARK = """
UPDATE feedback_entry SET comment = rtrim(comment, '.') || ' bij opdracht ' || reviewee_id || '.'
WHERE comment NOT LIKE '% bij opdracht %'
"""
"""Puts a number in the comments by which the model knows whose call it gets."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A job, whose it is, and with which token to cancel it."""

    job_id: str
    token: str


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("6. Cancelled at random moments")
    many, few = scale.pick((500, 100), (24, 12))
    async with open_system(**scale.pick({}, QUICK)) as system:
        await system.model.answer_by(Script(first_delay=0.2, piece_delay=0.05))
        await system.web.start()
        await system.add_workers(scale.pick(3, 2))
        at_once = await _cancel(system, report, scale, many, "pub/sub working")
        system.valkey.cut_pubsub()
        renewed = await _cancel(system, report, scale, few, "pub/sub cut off")
        system.valkey.mend_pubsub()
        jobs = await judge(system.units, report, many + few)
        await _no_resurrection(system, report, jobs, at_once | renewed)
        calls = await system.model.calls()
        report.times("cancel to closed stream", _closed(jobs, at_once, calls), limit=AT_ONCE)
        report.times("the same, pub/sub cut", _closed(jobs, renewed, calls), limit=AT_RENEWAL)
    return report


async def _cancel(system: System, report: Report, scale: Scale, count: int, how: str) -> set[str]:
    """Queue so many, cancel each at its moment, wait for the end; returns the jobs that were cancelled."""
    asked = [one for some in await system.classes(count) for one in await _queue(system, some)]
    span = scale.pick(0.1, 0.2) * count
    delays = [scale.random.uniform(0, span) for _ in asked]
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(
        base_url=system.web.url, timeout=30, limits=limits, trust_env=False
    ) as client:
        answers = await asyncio.gather(*map(_cancel_at, [client] * count, asked, delays))
    await system.all_ended(report, 120)
    await eventually(lambda: _nothing_open(system), 60)
    done = {one.job_id for one, status in zip(asked, answers, strict=True) if status == 200}
    too_late = answers.count(409)
    report.did.append(f"{how}: cancelled {count} jobs within {span:g} s; {too_late} had ended before")
    report.count(f"answers to a cancel, {how}", len(done) + too_late, count)
    return done


async def _queue(system: System, some: SchoolClass) -> list[Asked]:
    async with system.units() as uow:
        await uow.session.execute(text(MARK))
    token = await system.teacher(some)
    return [Asked(job_id, token) for job_id in await system.queue(some)]


async def _cancel_at(client: httpx.AsyncClient, asked: Asked, delay: float) -> int:
    await asyncio.sleep(delay)
    headers = {"Authorization": f"Bearer {asked.token}"}
    return (await client.post(CANCEL.format(asked.job_id), headers=headers)).status_code


async def _nothing_open(system: System) -> bool:
    return (await system.model.counts())["open"] == 0


async def _no_resurrection(system: System, report: Report, jobs: Sequence[Job], cancelled: set[str]) -> None:
    """Whoever was told that a job is cancelled finds it so for ever, and no text of it."""
    risen = sum(job.id in cancelled and job.state != State.CANCELLED for job in jobs)
    report.count("cancelled jobs that came back", risen, 0)
    async with system.units() as uow:
        query = text("SELECT count(*) FROM summary WHERE job_id = ANY(:jobs)")
        texts = int(await uow.session.scalar(query, {"jobs": list(cancelled)}) or 0)
    report.count("texts of cancelled jobs", texts, 0)
    running = sum(job.history[-1]["outcome"] == Outcome.CANCELLED for job in jobs if job.history)
    report.note("cancelled while they ran", running)


def _closed(jobs: Sequence[Job], cancelled: set[str], calls: Sequence[dict[str, object]]) -> list[float]:
    """Seconds from each cancel to the end of the model's calls for that job, begun before or after it."""
    took = []
    cancelled_at = {
        job.student_id: job.cancelled_at for job in jobs if job.id in cancelled and job.cancelled_at
    }
    for call in calls:
        mark, ended = call["mark"], call["ended"]
        at = cancelled_at.get(mark) if isinstance(mark, int) else None
        if at is not None and isinstance(ended, float) and ended > at.timestamp():
            took.append(ended - at.timestamp())
    return took
