"""The upkeep deletes old rows and keeps young ones, also when two run at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, func, insert, select

from app.accounts.models import LoginFailure, LoginSession
from app.audit.models import AuditEvent
from app.core.unit_of_work import UnitOfWorkFactory
from app.imports.models import ImportRun
from app.jobs.models import Job
from app.scheduling.models import Schedule, ScheduleRun
from app.scheduling.upkeep import upkeep
from app.settings import Settings
from app.webhooks.models import Delivery
from tests.support.classes import SchoolClass, make_class
from tests.support.web import open_units

Row = tuple[type[Any], dict[str, Any]]
"""A table, and the values of a row."""


@pytest.fixture
async def units(settings: Settings) -> AsyncIterator[UnitOfWorkFactory]:
    async with open_units(settings) as opened:
        yield opened


def ago(days: float) -> ColumnElement[Any]:
    """The time of the database so many days ago."""
    return func.now() - timedelta(days=days)


def rows(some: SchoolClass, schedule_id: int, age: dict[str, float]) -> list[Row]:
    """A row of each kind; `age` is in days."""
    school, student = {"school_id": some.school_id}, some.students[0]
    job = {
        "task": "summary",
        "subject_key": f"{some.evaluation_id}:{student}",
        "evaluation_id": some.evaluation_id,
        "student_id": student,
        "lane": 1,
        "rank": 1,
        "state": "failed",
    }
    sent = {"url": "https://hooks.invalid/", "event": "test", "body": {}, "state": "delivered"}
    name = f"{age['job']:g}"
    return [
        (LoginSession, {"fingerprint": name.encode(), "user_id": student, "expires_at": ago(age["login"])}),
        (LoginFailure, {"key": name, "at": ago(age["failure"])}),
        (ScheduleRun, {
            "schedule_id": schedule_id, "due_at": ago(age["run"]), "started_at": ago(age["run"]),
            "by_hand": False, "result": "queued",
        }),
        (Job, {**school, **job, "id": f"job-{name}", "completed_at": ago(age["job"])}),
        (Delivery, {**school, **sent, "id": f"msg-{name}", "created_at": ago(age["delivery"])}),
        (AuditEvent, {**school, "action": "authors.seen", "subject": "summary:1", "at": ago(age["audit"])}),
    ]  # fmt: skip


OLD = {"login": 0.1, "failure": 2.0, "run": 91.0, "job": 401.0, "delivery": 31.0, "audit": 401.0}
YOUNG = {"login": -0.1, "failure": 0.0, "run": 89.0, "job": 399.0, "delivery": 29.0, "audit": 399.0}


async def test_old_rows_are_deleted_and_young_ones_stay(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 3)
    async with units() as uow:
        plan = {"school_id": some.school_id, "name": "Night", "cron_expression": "0 2 * * *"}
        schedule_id = await uow.session.scalar(insert(Schedule).values(plan).returning(Schedule.id))
        assert schedule_id is not None
        for model, values in [*rows(some, schedule_id, OLD), *rows(some, schedule_id, YOUNG)]:
            await uow.session.execute(insert(model).values(values))
    kinds = (LoginSession, LoginFailure, ScheduleRun, Job, Delivery, AuditEvent)
    assert await counts(units, kinds) == [2] * 6
    await asyncio.gather(upkeep(units), upkeep(units))
    assert await counts(units, kinds) == [1] * 6
    await upkeep(units)
    assert await counts(units, kinds) == [1] * 6


async def counts(units: UnitOfWorkFactory, kinds: tuple[type[Any], ...]) -> list[int]:
    """How many rows there are of each kind."""
    async with units() as uow:
        return [await uow.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds]


async def test_the_upkeep_of_an_empty_database_does_nothing(units: UnitOfWorkFactory) -> None:
    await upkeep(units)
    assert await counts(units, (Job, ImportRun)) == [0, 0]
