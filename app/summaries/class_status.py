"""The class list: every pupil of an evaluation with the newest job and the state of the summary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.evaluations import access
from app.evaluations import service as evaluations
from app.evaluations.access import AuthorisedEvaluation, ManagedEvaluation
from app.evaluations.read_models import ParticipantRow
from app.jobs.models import Job
from app.jobs.sql import reads
from app.summaries import repository
from app.summaries.models import Summary
from app.summaries.presenters import plain_job
from app.summaries.schemas import EvaluationOut, StudentOut

Freshness = Literal["none", "fresh", "stale", "provisional"]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One pupil: who, what was received, the newest job, the stored summary and whether it still holds."""

    participant: ParticipantRow
    job: Job | None
    summary: Summary | None

    @property
    def freshness(self) -> Freshness:
        """`stale`: something it was made of has changed. `provisional`: the model still owes it."""
        if self.summary is None:
            return "none"
        if self.summary.provisional:
            return "provisional"
        return "fresh" if self.summary.revision == self.participant.revision else "stale"


@dataclass(frozen=True, slots=True)
class ClassOverview:
    """An evaluation and all its pupils."""

    evaluation: ManagedEvaluation
    rows: tuple[ClassRow, ...]


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a batch would do now: how many would be made, and why the others would not."""

    ready: int
    too_little: int
    up_to_date: int
    stale: int
    running: int


async def class_overview(session: AsyncSession, user: Principal, evaluation_id: int) -> ClassOverview:
    """Everything the class page shows, in a number of queries that does not grow with the class.

    Raises Forbidden, NotFound.
    """
    evaluation = await access.managed_evaluation(session, user, evaluation_id)
    people = await evaluations.participants(session, evaluation)
    newest = await reads.latest_of_each(session, evaluation_id)
    stored = await repository.get_by_evaluation(session, evaluation_id)
    rows = (ClassRow(one, newest.get(one.student_id), stored.get(one.student_id)) for one in people)
    return ClassOverview(evaluation, tuple(rows))


def preflight(rows: Sequence[ClassRow], min_reviewers: int) -> Preflight:
    """Count what starting the whole class would do. A stale summary is also ready to be made again."""
    live = [row for row in rows if row.job is not None and row.job.unfinished]
    idle = [row for row in rows if row not in live]
    too_little = [row for row in idle if row.participant.reviewer_count < min_reviewers]
    enough = [row for row in idle if row.participant.reviewer_count >= min_reviewers]
    return Preflight(
        ready=sum(row.freshness != "fresh" for row in enough),
        too_little=len(too_little),
        up_to_date=sum(row.freshness == "fresh" for row in enough),
        stale=sum(row.freshness == "stale" for row in enough),
        running=len(live),
    )


async def evaluation_out(session: AsyncSession, user: Principal, evaluation_id: int) -> EvaluationOut:
    """An evaluation for the API; with its pupils for those who run it. Raises NotFound."""
    if not user.is_staff:
        return _evaluation(await access.visible_evaluation(session, user, evaluation_id), None)
    overview = await class_overview(session, user, evaluation_id)
    return _evaluation(overview.evaluation, [_student(row) for row in overview.rows])


def _evaluation(evaluation: AuthorisedEvaluation, students: list[StudentOut] | None) -> EvaluationOut:
    return EvaluationOut(
        evaluation_id=evaluation.id,
        title=evaluation.title,
        course=evaluation.course,
        state=evaluation.state,
        release=evaluation.release,
        min_reviewers=evaluation.min_reviewers,
        show_quotes=evaluation.show_quotes,
        students=students,
    )


def _student(row: ClassRow) -> StudentOut:
    return StudentOut(
        student_id=row.participant.student_id,
        name=row.participant.name,
        feedback_count=row.participant.feedback_count,
        reviewer_count=row.participant.reviewer_count,
        summary_state=row.freshness,
        job=None if row.job is None else plain_job(row.job),
    )
