"""Whether work goes on: what the experiments ask again and again."""

import time

from sqlalchemy import ColumnElement, func, select

from app.jobs.models import Job
from app.jobs.states import State
from tests.soak.report import Report
from tests.soak.system import System
from tests.support.eventually import eventually


async def count(system: System, condition: ColumnElement[bool]) -> int:
    """How many jobs are so."""
    async with system.units() as uow:
        return int(await uow.session.scalar(select(func.count()).select_from(Job).where(condition)) or 0)


async def until_work_goes_on(system: System, report: Report, after: str, within: float = 40.0) -> float:
    """Seconds until a job is completed that was claimed from now on; lost when there is none."""
    began = time.monotonic()
    async with system.units() as uow:
        since = await uow.session.scalar(select(func.now()))

    async def worked() -> bool:
        return await count(system, (Job.state == State.COMPLETED) & (Job.started_at > since)) > 0

    try:
        await eventually(worked, within)
    except AssertionError:
        report.lost.append(f"no work went on within {within:g} s after {after}")
    return time.monotonic() - began


class Witness:
    """Sees to it that no process had to be started anew."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._began = self._pids()

    def testify(self, report: Report) -> None:
        """Wrong when one has ended."""
        alive = self._system.web.alive and all(
            line.process.master.poll() is None for line in self._system.workers
        )
        if self._pids() != self._began or not alive:
            report.wrong.append("a process did not live through it")

    def _pids(self) -> list[int]:
        return [self._system.web.pid, *(line.process.child for line in self._system.workers)]
