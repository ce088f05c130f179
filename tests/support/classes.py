"""Schools with a class each, made in a few statements, and time moved by moving the rows."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, text, update

from app.accounts.models import School, User
from app.core.unit_of_work import UnitOfWorkFactory
from app.evaluations.models import Evaluation, FeedbackEntry, Participant
from app.jobs import service
from app.jobs.models import Job
from app.jobs.service import Lease, Queued
from app.jobs.sql.claim import Choice
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from app.tasks import SUMMARY, job_waits

LANE = {"high": 0, "normal": 1, "low": 2}

COMMENTS = (
    "Je was altijd op tijd en hielp iedereen.",
    "De planning was onduidelijk.",
    "Je luisterde goed naar anderen.",
    "Je mag vaker iets van je laten horen.",
    "De presentatie was goed voorbereid.",
)


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class; every pupil received a comment each from some others."""

    school_id: int
    evaluation_id: int
    students: tuple[int, ...]


async def make_class(
    units: UnitOfWorkFactory, slug: str, students: int, comments: int = 2, school: int | None = None
) -> SchoolClass:
    """A school with one evaluation and this many pupils, who have up to five comments each.

    With `school`, the id of one that exists, it gets a further class.
    """
    async with units() as uow:
        if school is None:
            made = insert(School).values(slug=slug, name=slug).returning(School.id)
            school = await uow.session.scalar(made)
        rows = [
            {"school_id": school, "role": "pupil", "given_name": f"Pupil{index}"} for index in range(students)
        ]
        people = list(await uow.session.scalars(insert(User).returning(User.id), rows))
        evaluation = await uow.session.scalar(
            insert(Evaluation).values(school_id=school, title="Project").returning(Evaluation.id)
        )
        assert school is not None
        assert evaluation is not None
        participant = {"evaluation_id": evaluation, "feedback_count": comments, "reviewer_count": comments}
        await uow.session.execute(insert(Participant), [{**participant, "student_id": one} for one in people])
        entries = [
            {
                "school_id": school,
                "evaluation_id": evaluation,
                "reviewer_id": people[(index + step) % students],
                "reviewee_id": person,
                "comment": comment,
            }
            for index, person in enumerate(people)
            for step, comment in enumerate(COMMENTS[:comments], start=1)
        ]
        await uow.session.execute(insert(FeedbackEntry), entries)
        return SchoolClass(school, evaluation, tuple(people))


def order(
    some: SchoolClass, students: tuple[int, ...], lane: str = "normal", max_retries: int = 3
) -> SummaryOrder:
    """An order for pupils of a class."""
    return SummaryOrder(
        school_id=some.school_id,
        evaluation_id=some.evaluation_id,
        student_ids=students,
        lane=LANE[lane],
        requested_by=None,
        max_retries=max_retries,
    )


async def queue(units: UnitOfWorkFactory, wanted: SummaryOrder) -> dict[int, Queued]:
    """Queue in a unit of work of its own."""
    async with units() as uow:
        return await orders.queue(uow, wanted)


async def claim(
    units: UnitOfWorkFactory,
    *,
    lanes: tuple[int, int] = (0, 2),
    woken_lane: int = 2,
    lift: bool = False,
    quarantined: bool = True,
    tasks: tuple[str, ...] = (SUMMARY,),
) -> tuple[Job, Lease] | None:
    """Claim in a unit of work of its own, with a lease of 30 s."""
    async with units() as uow:
        return await service.claim(
            uow,
            Choice(tasks, lanes, lift, quarantined),
            woken_by=job_waits(SUMMARY, woken_lane),
            worker="test",
            lease=30,
        )


async def must_claim(units: UnitOfWorkFactory, *, lift: bool = False) -> tuple[Job, Lease]:
    """Claim what must be there."""
    claimed = await claim(units, lift=lift)
    assert claimed is not None
    return claimed


async def stored(units: UnitOfWorkFactory, job_id: str) -> Job:
    """The row as it is now."""
    async with units() as uow:
        job = await uow.session.scalar(select(Job).where(Job.id == job_id))
        assert job is not None
        return job


async def pass_time(units: UnitOfWorkFactory, span: timedelta) -> None:
    """Let time pass for all jobs: everything that was written down moves into the past by `span`."""
    columns = ("created_at", "waiting_since", "started_at", "next_retry_at", "lease_until")
    async with units() as uow:
        await uow.session.execute(update(Job).values({name: getattr(Job, name) - span for name in columns}))


async def count_states(units: UnitOfWorkFactory) -> dict[str, int]:
    """How many jobs are in each state."""
    async with units() as uow:
        rows = await uow.session.execute(text("SELECT state, count(*) FROM job GROUP BY state"))
        return dict(rows.all())
