"""Old jobs are forgotten, but not what a stored summary came from, and nothing that is unfinished."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text, update

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import service
from app.jobs.models import Job
from app.jobs.sql import retention
from app.summaries.models import Summary
from tests.support.classes import make_class, must_claim, order, queue


async def test_only_what_ended_long_ago_and_made_nothing_that_stays_goes(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 4)
    await queue(units, order(some, some.students))
    ended = []
    for _ in range(3):
        _, lease = await must_claim(units)
        async with units() as uow:
            ended.append(await service.complete(uow, lease))
    old, young, used = (job for job in ended if job is not None)
    async with units() as uow:
        long_ago = Job.completed_at - timedelta(days=401)
        await uow.session.execute(
            update(Job).where(Job.id.in_([old.id, used.id])).values(completed_at=long_ago)
        )
        values = {"school_id": some.school_id, "evaluation_id": some.evaluation_id, "job_id": used.id}
        values |= {"student_id": used.student_id, "locale": "nl", "method": "ai", "input_hash": b""}
        await uow.session.execute(
            insert(Summary).values(values | {"revision": 1, "comments_used": 2, "comments_total": 2})
        )
    async with units() as uow:
        assert await service.forget_old(uow, 400) == 1
    async with units() as uow:
        left = set(await uow.session.scalars(select(Job.id)))
    assert old.id not in left
    assert {young.id, used.id} <= left
    assert len(left) == 3


async def test_what_stays_does_not_hide_what_may_go(
    units: UnitOfWorkFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call looks at a few old jobs only, from a time chosen at random; every job's turn comes."""
    monkeypatch.setattr(retention, "LOOKED_AT", 2)
    some = await make_class(units, "a", 12)
    await queue(units, order(some, some.students))
    for _ in some.students:
        _, lease = await must_claim(units)
        async with units() as uow:
            await service.complete(uow, lease)
    gone = some.students[7]
    async with units() as uow:
        for index, student in enumerate(some.students):
            then = func.now() - timedelta(days=500 - index)
            await uow.session.execute(update(Job).where(Job.student_id == student).values(completed_at=then))
        await uow.session.execute(text(KEPT), {"evaluation": some.evaluation_id, "gone": gone})
    for _ in range(500):
        async with units() as uow:
            if await service.forget_old(uow, 400):
                break
    async with units() as uow:
        left = set(await uow.session.scalars(select(Job.student_id)))
    assert left == set(some.students) - {gone}


KEPT = """
INSERT INTO summary (school_id, evaluation_id, student_id, job_id, locale, method, input_hash, revision,
                     comments_used, comments_total)
SELECT school_id, evaluation_id, student_id, id, 'nl', 'ai', '', 1, 2, 2
FROM job WHERE evaluation_id = :evaluation AND student_id <> :gone
"""
