"""A second kind of job for tests: an errand, which belongs to no school and ends as its key says."""

import asyncio
from collections.abc import Sequence

import pytest

from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.jobs import service
from app.jobs.handlers import Completed, Ending, Failed, Report, Tools
from app.jobs.models import Job
from app.jobs.service import Lease, Order, Queued, Subject
from app.tasks import TASKS, TaskType

ERRAND = TaskType("errand", "errands", "tests.support.errands:ErrandHandler")


class Broken(Failed):
    """An ending that cannot be stored, by a fault of ours."""

    async def store(self, uow: UnitOfWork, lease: Lease) -> None:
        """Move the job, so that something must be undone, and fail."""
        await service.complete(uow, lease)
        raise ZeroDivisionError

    def instead(self) -> Ending:
        """What this ending was made of."""
        return Failed(self.code, self.retryable)


class ErrandHandler:
    """Does what the first word of the key says."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    async def attempt(self, job: Job, _lease: Lease, report: Report) -> Ending:
        """See app.jobs.handlers.Handler."""
        report.stage("running", 50)
        match job.subject_key.split()[0]:
            case "crash":
                raise ZeroDivisionError
            case "away":
                raise ConnectionRefusedError
            case "break":
                return Broken("internal", retryable=False)
            case "wait":
                await asyncio.Event().wait()
        return Completed()


@pytest.fixture
def errands(monkeypatch: pytest.MonkeyPatch) -> TaskType:
    """A catalogue that has errands too."""
    monkeypatch.setitem(TASKS, ERRAND.name, ERRAND)
    return ERRAND


async def queue_errands(
    units: UnitOfWorkFactory,
    keys: Sequence[str],
    lane: int = 1,
    max_retries: int = 3,
    school_id: int | None = None,
) -> dict[str, Queued]:
    """Queue errands, of a school or of none."""
    order = Order(ERRAND.name, [Subject(key) for key in keys], lane, school_id, max_retries=max_retries)
    async with units() as uow:
        return await service.queue(uow, order)
