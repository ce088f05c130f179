"""Orders of summaries in the words of jobs: a summary is about one student of one evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.unit_of_work import UnitOfWork
from app.jobs import service as jobs
from app.jobs.models import Job, student_of
from app.jobs.service import Order, Queued, Subject
from app.tasks import SUMMARY


@dataclass(frozen=True, slots=True)
class SummaryOrder:
    """What is asked for: summaries of some students of one evaluation. `lane` is an index into LANES."""

    school_id: int
    evaluation_id: int
    student_ids: Sequence[int]
    lane: int
    requested_by: int | None
    max_retries: int = 3
    force: bool = False
    webhook_url: str | None = None


def subject_keys(evaluation_id: int, student_ids: Iterable[int]) -> list[str]:
    """The keys of these students' summaries, as the table's constraint wants them."""
    return [f"{evaluation_id}:{student_id}" for student_id in student_ids]


async def queue(uow: UnitOfWork, order: SummaryOrder, *, none_unfinished: bool = False) -> dict[int, Queued]:
    """Give every student of the order an unfinished job; returns it by student. See jobs.service.queue.

    Raises Conflict when others keep changing the same jobs.
    """
    students = sorted(set(order.student_ids))
    keys = subject_keys(order.evaluation_id, students)
    wanted = Order(
        task=SUMMARY,
        subjects=[
            Subject(key, order.evaluation_id, student) for key, student in zip(keys, students, strict=True)
        ],
        lane=order.lane,
        school_id=order.school_id,
        requested_by=order.requested_by,
        max_retries=order.max_retries,
        force=order.force,
        webhook_url=order.webhook_url,
    )
    found = await jobs.queue(uow, wanted, none_unfinished=none_unfinished)
    return {student_of(one.job).student_id: one for one in found.values()}


async def queue_again(uow: UnitOfWork, school_id: int, job_id: str, requested_by: int) -> Job:
    """A new job in place of one that failed or was cancelled. Raises NotFound, Conflict."""
    order = await jobs.order_again(uow.session, school_id, job_id, requested_by)
    (queued,) = (await jobs.queue(uow, order)).values()
    return queued.job
