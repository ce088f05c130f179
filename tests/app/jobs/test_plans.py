"""How jobs are found when a crowd comes to a queue that PostgreSQL knows as empty."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs.models import Job
from app.jobs.sql import claim as claiming
from app.jobs.sql import reads, transitions
from app.jobs.sql.claim import Choice
from app.jobs.states import State
from app.tasks import SUMMARY
from tests.support import plans
from tests.support.classes import make_class, order, queue

STUDENTS = 200


async def claim(session: AsyncSession) -> None:
    """As a worker does, with and without a look at aged jobs."""
    for lift in (False, True):
        choice = Choice((SUMMARY,), (0, 2), lift, quarantined=False)
        await claiming.claim(session, choice, worker="one", token=uuid4(), lease=10)


async def complete(session: AsyncSession) -> None:
    """As a worker does; this one has lost its lease."""
    await transitions.complete(session, "summary-1-1-1", uuid4())


async def find_unfinished(session: AsyncSession) -> None:
    """As an order for one student and one for a class do."""
    jobs = list(await session.scalars(select(Job).where(Job.state == State.QUEUED)))
    keys = [job.subject_key for job in jobs]
    assert len(await reads.unfinished(session, SUMMARY, keys[:1])) == 1
    assert len(await reads.unfinished(session, SUMMARY, keys)) == STUDENTS


async def is_last_of_evaluation(session: AsyncSession) -> None:
    """As the end of a job does where somebody listens for the ends of batches."""
    evaluation = await session.scalar(select(Job.evaluation_id).limit(1))
    assert evaluation is not None
    assert not await reads.none_unfinished(session, evaluation)


async def find_position(session: AsyncSession) -> None:
    """As pages of waiting students do."""
    last = select(Job).where(Job.state == State.QUEUED).order_by(Job.rank.desc()).limit(1)
    job = (await session.scalars(last)).one()
    assert await reads.position(session, job) == STUDENTS


@pytest.mark.parametrize(
    ("act", "holds", "indexes"),
    [
        (claim, "UPDATE job", {"ix_job_waiting", "ix_job_waiting_age", "pk_job"}),
        (complete, "UPDATE job", {"pk_job"}),
        (find_position, "WITH oldest", {"ix_job_waiting", "ix_job_waiting_age"}),
        (find_unfinished, "job.subject_key = ANY", {"uq_job_unfinished"}),
        (is_last_of_evaluation, "SELECT EXISTS", {"ix_job_evaluation_unfinished"}),
    ],
)
async def test_a_queue_that_was_empty_is_not_read_whole_for_one_job(
    units: UnitOfWorkFactory, act: Callable[[AsyncSession], Awaitable[None]], holds: str, indexes: set[str]
) -> None:
    """Plans are kept until PostgreSQL looks at the table again, which can be a day later."""
    some = await make_class(units, "crowd", STUDENTS, comments=1)
    await queue(units, order(some, some.students))
    ended = {"state": State.COMPLETED, "completed_at": func.now()}
    async with units() as uow:
        await uow.session.execute(update(Job).values(ended))
    async with units() as uow:
        await uow.session.execute(text("ANALYZE job"))
    await queue(units, order(some, some.students))
    async with units() as uow:
        with plans.listening() as sent:
            await act(uow.session)
        connection = await uow.session.connection()
        asked = [one for one in sent.statements if holds in one[0]]
        assert asked
        for statement, parameters in asked:
            nodes = await plans.explained(connection, statement, parameters)
            assert "Sort" not in {node["Node Type"] for node in nodes}
            read = [node for node in nodes if node.get("Relation Name") == "job"]
            assert {node.get("Index Name") for node in read if node["Node Type"] != "ModifyTable"} <= indexes
