"""Decisions about summaries: who may ask for one, when a stored one will do, and what a batch comes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.audit.actions import Action
from app.audit.service import note
from app.core.errors import Forbidden, NotFound
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access
from app.evaluations import service as evaluations
from app.evaluations.access import ManagedEvaluation
from app.jobs import service as jobs
from app.jobs.models import Job
from app.jobs.service import Queued
from app.jobs.sql import reads
from app.jobs.states import State
from app.settings import LANES
from app.summaries import orders, repository
from app.summaries.inputs import roster_name
from app.summaries.orders import SummaryOrder
from app.summaries.schemas import BatchBody, BatchOut, BatchRow, QueueBody
from app.text.anonymise import Anonymiser
from app.webhooks import service as webhooks


@dataclass(frozen=True, slots=True)
class Asked:
    """The job that answers a request. `created`: this call made it; else it was live or still holds."""

    job: Job
    created: bool


async def queue_for_student(
    uow: UnitOfWork,
    user: Principal,
    evaluation_id: int,
    student_id: int,
    body: QueueBody,
    allowed_hosts: Sequence[str] = (),
) -> Asked:
    """Queue one summary, or name the job that makes it unnecessary. Raises NotFound, Forbidden, BadInput.

    `allowed_hosts`: internal ones to which its `webhook_url` may lead all the same.
    """
    student = await access.visible_student(uow.session, user, evaluation_id, student_id)
    if not user.is_staff:
        _allow_student(body, student.evaluation.release)
    _check_webhook(body, allowed_hosts)
    found = await repository.answering_job(uow.session, evaluation_id, student_id, force=body.force)
    if found is not None:
        return Asked(found, created=False)
    order = _order(user.school_id, user.user_id, evaluation_id, [student_id], body)
    queued = await orders.queue(uow, order, none_unfinished=True)
    if body.force:
        note(uow, user, Action.SUMMARY_REGENERATED, ("evaluation", evaluation_id), student_ids=[student_id])
    return Asked(queued[student_id].job, queued[student_id].created)


def _allow_student(body: QueueBody, release: str) -> None:
    if body.force:
        raise Forbidden("Only a teacher may have a summary written again.")
    if body.webhook_url is not None:
        raise Forbidden("A pupil cannot set a webhook.", code="webhook_not_allowed")
    if release == "reviewed":
        raise Forbidden("Your teacher has these summaries written and releases them.", code="reviewed")


def _check_webhook(body: QueueBody, allowed_hosts: Sequence[str]) -> None:
    """Refuse what leads inside now, where somebody reads the answer; the sender checks again."""
    if body.webhook_url is not None:
        webhooks.check_url(body.webhook_url, allowed_hosts, field="webhook_url")


def _order(
    school_id: int, requested_by: int | None, evaluation_id: int, students: Sequence[int], body: QueueBody
) -> SummaryOrder:
    return SummaryOrder(
        school_id=school_id,
        evaluation_id=evaluation_id,
        student_ids=students,
        lane=LANES.index(body.priority),
        requested_by=requested_by,
        max_retries=body.max_retries,
        force=body.force,
        webhook_url=body.webhook_url,
    )


async def queue_for_class(
    uow: UnitOfWork,
    user: Principal,
    evaluation_id: int,
    body: BatchBody,
    allowed_hosts: Sequence[str] = (),
) -> BatchOut:
    """Queue many at once, with a number of statements that does not grow with the class.

    1. Who is meant. 2. Who takes part. 3. Whose stored summary still holds. 4. Jobs for the rest.
    A pupil who does not take part is a failed row; the others still go.
    """
    evaluation = await access.managed_evaluation(uow.session, user, evaluation_id)
    _check_webhook(body, allowed_hosts)
    batch = await queue_batch(uow, evaluation, body)
    if body.force:
        note(uow, user, Action.SUMMARY_REGENERATED, ("evaluation", evaluation_id), jobs=batch.queued)
    return batch


async def queue_batch(uow: UnitOfWork, evaluation: ManagedEvaluation, body: BatchBody) -> BatchOut:
    """Queue many at once, for a person or a schedule."""
    wanted = await _wanted(uow.session, evaluation, body)
    members = await evaluations.student_ids(uow.session, evaluation, wanted)
    known = [student for student in wanted if student in members]
    fresh = {} if body.force else await repository.fresh_jobs(uow.session, evaluation.id, known)
    rest = [student for student in known if student not in fresh]
    order = _order(evaluation.school_id, evaluation.user_id, evaluation.id, rest, body)
    queued = await orders.queue(uow, order) if rest else {}
    return _batch(evaluation.id, [_row(student, members, fresh, queued) for student in wanted])


async def _wanted(session: AsyncSession, evaluation: ManagedEvaluation, body: BatchBody) -> list[int]:
    if body.student_ids is None:
        return await evaluations.students_with_feedback(session, evaluation)
    return list(dict.fromkeys(body.student_ids))


def _row(student: int, members: set[int], fresh: dict[int, Job], queued: dict[int, Queued]) -> BatchRow:
    if student not in members:
        return BatchRow(student, "failed", reason="There is no such pupil in this evaluation.")
    if student in fresh:
        return BatchRow(student, "up_to_date", job_id=fresh[student].id)
    found = queued[student]
    return BatchRow(student, "queued" if found.created else "already_queued", job_id=found.job.id)


def _batch(evaluation_id: int, rows: list[BatchRow]) -> BatchOut:
    count = dict.fromkeys(("queued", "already_queued", "up_to_date", "failed"), 0)
    for row in rows:
        count[row.status] += 1
    return BatchOut(evaluation_id=evaluation_id, total_students=len(rows), results=rows, **count)


async def retry_failed(uow: UnitOfWork, user: Principal, evaluation_id: int) -> BatchOut:
    """Queue again whoever's newest job failed."""
    await access.managed_evaluation(uow.session, user, evaluation_id)
    newest = await reads.latest_of_each(uow.session, evaluation_id)
    again = [student for student, job in newest.items() if job.state == State.FAILED]
    return await queue_for_class(uow, user, evaluation_id, BatchBody(student_ids=sorted(again)))


async def cancel_class(uow: UnitOfWork, user: Principal, evaluation_id: int) -> int:
    """Cancel everything of an evaluation that waits or runs; returns how many jobs that were."""
    await access.managed_evaluation(uow.session, user, evaluation_id)
    count = await jobs.cancel_evaluation(uow, user.school_id, evaluation_id)
    note(uow, user, Action.JOBS_CANCELLED, ("evaluation", evaluation_id), jobs=count)
    return count


async def visible_job(session: AsyncSession, user: Principal, job_id: str) -> Job:
    """A job that this person may see: the pupil's own, one of a teacher's evaluation, any for an admin.

    This is what pollers call most, so only a teacher costs a second query. Raises NotFound.
    """
    job = await reads.get(session, user.school_id, job_id)
    if job is None or job.student is None:
        raise NotFound("There is no such job.")
    if user.role == "pupil" and job.student_id != user.user_id:
        raise NotFound("There is no such job.")
    if user.role == "teacher":
        await access.visible_evaluation(session, user, job.student.evaluation_id)
    return job


async def cancel_job(uow: UnitOfWork, user: Principal, job_id: str) -> Job:
    """Cancel one job for good. Raises NotFound, Conflict."""
    await visible_job(uow.session, user, job_id)
    job = await jobs.cancel(uow, user.school_id, job_id)
    note(uow, user, Action.JOB_CANCELLED, ("job", job_id))
    return job


async def retry_job(uow: UnitOfWork, user: Principal, job_id: str) -> Job:
    """A new job in place of one that failed or was cancelled. Raises NotFound, Conflict."""
    await visible_job(uow.session, user, job_id)
    return await orders.queue_again(uow, user.school_id, job_id, user.user_id)


async def anonymised_quotes(
    session: AsyncSession, user: Principal, evaluation_id: int, student_id: int
) -> list[str]:
    """Team-mates' comments without names. Raises Forbidden, NotFound."""
    student = await access.visible_student(session, user, evaluation_id, student_id)
    rows = await evaluations.quotes(session, student)
    anonymiser = Anonymiser([roster_name(person) for person in rows.roster])
    cleaned = (anonymiser.clean(row.text) for row in rows.comments)
    return [text for text in cleaned if text]
