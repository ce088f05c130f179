"""What must hold of every job at the end of every experiment, whatever was done to the system."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import select, text

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs.models import Job
from app.jobs.states import UNFINISHED, Outcome, State
from tests.soak.report import Report

NEXT_TO = {
    State.COMPLETED: {Outcome.COMPLETED},
    State.FAILED: {Outcome.FAILED, Outcome.LEASE_LOST},
    State.CANCELLED: {Outcome.CANCELLED, Outcome.RETRY, Outcome.LEASE_LOST, Outcome.HANDED_BACK},
}
"""How the last attempt may have ended, by the job's state; one that was cancelled may have been waiting."""

STUDENTS = """
SELECT job.evaluation_id, job.student_id,
       count(*) FILTER (WHERE job.state = 'completed') AS completed,
       count(*) FILTER (WHERE job.state IN ('queued', 'processing')) AS live,
       (SELECT count(*) FROM summary WHERE summary.evaluation_id = job.evaluation_id
           AND summary.student_id = job.student_id AND NOT summary.provisional) AS stored
FROM job GROUP BY job.evaluation_id, job.student_id
"""


async def judge(units: UnitOfWorkFactory, report: Report, wanted: int) -> list[Job]:
    """The standard verdict on all jobs of the database, of which there must be `wanted`; returns them.

    1. As many jobs as were accepted, each terminal. 2. One summary for each pupil who had one completed,
    none for another, and never two live jobs. 3. Histories that fit the counts and tell one story.
    """
    async with units() as uow:
        jobs = list(await uow.session.scalars(select(Job).order_by(Job.created_at, Job.id)))
        students = (await uow.session.execute(text(STUDENTS))).all()
    report.count("jobs accepted and there", len(jobs), wanted)
    report.count("jobs in a terminal state", sum(job.state not in UNFINISHED for job in jobs), wanted)
    for student in students:
        expected = 1 if student.completed else 0
        if student.stored < expected:
            report.lost.append(f"pupil {student.student_id} has no summary")
        if student.stored > expected:
            report.duplicated.append(f"pupil {student.student_id} has {student.stored} summaries")
        if student.live > 1:
            report.duplicated.append(f"pupil {student.student_id} has {student.live} live jobs")
    for job in jobs:
        if fault := story_fault(job):
            report.duplicated.append(f"{job.id}: {fault}")
    return jobs


def completed(jobs: Sequence[Job]) -> int:
    """How many ended well."""
    return sum(job.state == State.COMPLETED for job in jobs)


def outcomes(jobs: Sequence[Job], outcome: Outcome) -> int:
    """How many attempts ended so."""
    return sum(entry["outcome"] == outcome for job in jobs for entry in job.history)


def story_fault(job: Job) -> str | None:
    """What does not fit in a job's history, or None."""
    ended = [Outcome(entry["outcome"]) for entry in job.history]
    free = ended.count(Outcome.HANDED_BACK)
    running = 1 if job.state == State.PROCESSING else 0
    if job.attempt != len(ended) - free + running:
        return f"{job.attempt} attempts, but the history has {len(ended)} and {free} handed back"
    final = {Outcome.COMPLETED, Outcome.FAILED, Outcome.CANCELLED}
    if final & set(ended[:-1]):
        return f"an attempt after the end: {ended}"
    if ended and job.state in NEXT_TO and ended[-1] not in NEXT_TO[State(job.state)]:
        return f"{job.state}, but the last attempt ended as {ended[-1]}"
    return _order_fault(job.history)


def _order_fault(history: Sequence[dict[str, Any]]) -> str | None:
    """Attempts follow each other: none begins before the last has ended, by the database's clock."""
    for entry, following in pairwise(history):
        if following["started_at"] < entry["ended_at"]:
            return f"attempt {following['attempt']} began before the last had ended"
    return None
