"""Loads the page of a job. Its attempts come from the history in its row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.evaluations import access
from app.jobs.models import student_of
from app.settings import LANES
from app.summaries import service
from app.tasks import QUEUES
from web.pages.jobs.view import Attempt, JobPage
from web.pages.shared.presenters import load_job_view


async def load(session: AsyncSession, user: Principal, job_id: str) -> JobPage:
    """The page. Students do not see the names of workers. Raises NotFound."""
    job = await service.visible_job(session, user, job_id)
    _, evaluation_id, student_id = student_of(job)
    student = await access.visible_student(session, user, evaluation_id, student_id)
    return JobPage(
        job=await load_job_view(session, job),
        queue=QUEUES[LANES[job.lane]],
        student=student.name if user.is_staff else None,
        evaluation_title=student.evaluation.title,
        attempts=tuple(_attempt(entry, with_worker=user.is_staff) for entry in job.history),
    )


def _attempt(entry: Mapping[str, Any], *, with_worker: bool) -> Attempt:
    started_at = entry.get("started_at")
    return Attempt(
        number=int(entry["attempt"]),
        outcome=str(entry["outcome"]),
        cause=entry.get("cause"),
        started_at=datetime.fromisoformat(started_at) if started_at else None,
        ended_at=datetime.fromisoformat(entry["ended_at"]),
        worker=entry.get("worker") if with_worker else None,
    )
