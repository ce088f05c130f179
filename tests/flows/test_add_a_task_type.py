"""docs/add-a-task-type.md as it stands: its file and its line make a kind of job that a worker does."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import select, text

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs.models import Job
from app.jobs.states import State
from app.settings import Settings
from app.tasks import TASKS, TaskType, WakeUp
from tests.flows.conftest import open_worker
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.web import open_units
from tests.support.worker_process import ROOT
from workers.dispatch import RedisDispatcher

PAGE = Path(ROOT) / "docs" / "add-a-task-type.md"
MODULE = "app.scheduling.table_statistics"


def blocks() -> tuple[str, str]:
    """The file and the line, as the page has them."""
    file, line = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return file, line


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The file as a module, and the line in the catalogue."""
    file, line = blocks()
    module = ModuleType(MODULE)
    exec(compile(file, str(PAGE), "exec"), module.__dict__)  # noqa: S102 - it is a page of this repository
    (task,) = eval(f"({line})", {"TaskType": TaskType})  # noqa: S307
    monkeypatch.setitem(sys.modules, MODULE, module)
    monkeypatch.setitem(TASKS, task.name, task)
    return module


async def analysed(units: UnitOfWorkFactory) -> bool:
    """Whether PostgreSQL has fresh statistics of the table of schools."""
    statement = "SELECT last_analyze IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'school'"
    async with units() as uow:
        return bool(await uow.session.scalar(text(statement)))


async def test_a_worker_does_the_job_of_the_page(module: ModuleType, settings: Settings) -> None:
    dispatcher = RedisDispatcher(settings.redis)
    async with open_units(settings) as units, ModelServer() as model:
        async with units() as uow:
            await module.refresh(uow, ["school", "no such table"])
            await module.refresh(uow, ["school"])
        assert await dispatcher.waiting("table-statistics-low") == 2, "one for each job"
        assert not await analysed(units)
        async with open_worker(settings, model, "first") as worker:
            for _ in range(2):
                assert await worker.run_one(WakeUp(module.TASK, "low"))
        await eventually(lambda: analysed(units))
        async with units() as uow:
            found = {job.subject_key: job for job in await uow.session.scalars(select(Job))}
    await dispatcher.close()
    assert {key: job.state for key, job in found.items()} == {
        "school": State.COMPLETED,
        "no such table": State.FAILED,
    }
    assert found["school"].history[0]["worker"] == "first"
