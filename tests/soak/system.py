"""The whole system for one experiment: servers, model, workers and web process of its own, and its jobs."""

import asyncio
import contextlib
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import text

from app.accounts import tokens, users
from app.accounts.users import NewUser
from app.audit.service import CommandLine
from app.core.unit_of_work import UnitOfWorkFactory
from app.evaluations.models import EvaluationTeacher
from app.settings import Settings, load
from tests.soak.report import Report
from tests.support.classes import SchoolClass, make_class, order, queue
from tests.support.eventually import eventually
from tests.support.own_valkey import OwnValkey
from tests.support.program import ROOT, ModelProgram, WebProgram
from tests.support.services import Servers, running_servers
from tests.support.web import open_units
from tests.support.worker_process import WorkerProcess

DATABASE = "soak"

QUICK = {"JOB_LEASE_SECONDS": "4", "JOB_RENEW_SECONDS": "0.5", "JOB_SWEEP_SECONDS": "0.5"}
"""Leases for short forms: recovery in two and a half seconds instead of fifteen."""


class WorkerLine:
    """One worker line of the Procfile: a process, and the next one when that has ended."""

    def __init__(self, environ: Mapping[str, str], app: str, folder: Path, number: int) -> None:
        self._environ = environ
        self._app = app
        self._folder = folder
        self.number = number
        self.starts = 0
        self.process: WorkerProcess

    @property
    def name(self) -> str:
        """The name of the present process in `job.worker` and in histories."""
        return f"{socket.gethostname()}-{self.process.child}"

    def launch(self) -> None:
        """Start a process, and do not wait for it."""
        self.starts += 1
        log = self._folder / f"worker-{self.number}-{self.starts}.log"
        self.process = WorkerProcess(self._environ, self._app, log)

    async def start(self) -> None:
        """Start a process and wait until it takes work."""
        self.launch()
        await self.process.ready()

    async def kill(self) -> None:
        """kill -9 the process that works, and wait for its master to notice."""
        self.process.kill_child()
        await self.process.ended()

    async def terminate(self) -> float:
        """SIGTERM to the whole line, as a deploy does; returns the seconds until it has ended."""
        began = time.monotonic()
        self.process.terminate(group=True)
        await self.process.ended(30)
        return time.monotonic() - began

    async def keep_up(self) -> None:
        """Start it anew whenever it has ended, as a supervisor does, until cancelled."""
        while True:
            if self.process.master.poll() is not None:
                self.launch()
            await asyncio.sleep(0.1)


class System:
    """What an experiment works on. Nobody else uses these servers, so they may be broken at will."""

    def __init__(
        self, servers: Servers, folder: Path, environ: dict[str, str], units: UnitOfWorkFactory
    ) -> None:
        self.servers = servers
        self.folder = folder
        self.environ = environ
        self.settings: Settings = load(environ)
        self.units = units
        self.valkey = OwnValkey(servers.valkey)
        self.model = ModelProgram(environ, folder / "model.log")
        self.environ["OLLAMA_BASE_URL"] = self.model.url
        self.web = WebProgram(environ, folder / "web.log")
        self.workers: list[WorkerLine] = []
        self._numbers = itertools.count(1)

    async def add_worker(self, app: str = "workers.main", **environ: str) -> WorkerLine:
        """Start one more worker line, with these settings on top."""
        line = WorkerLine(self.environ | environ, app, self.folder, len(self.workers))
        self.workers.append(line)
        await line.start()
        return line

    async def add_workers(self, count: int, app: str = "workers.main", **environ: str) -> None:
        """Start several side by side."""
        await asyncio.gather(*(self.add_worker(app, **environ) for _ in range(count)))

    @contextlib.asynccontextmanager
    async def supervised(self) -> AsyncIterator[None]:
        """Within the block, worker lines that end are started anew."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(line.keep_up()) for line in self.workers]
            yield
            for task in tasks:
                task.cancel()

    async def teacher(self, some: SchoolClass, role: str = "teacher") -> str:
        """An API token of a new teacher of this class."""
        async with self.units() as uow:
            email = f"{role}{some.evaluation_id}@soak.invalid"
            person = NewUser(role="admin" if role == "admin" else "teacher", email=email, given_name="Soak")
            user = await users.create(uow, CommandLine(some.school_id), person)
            uow.session.add(EvaluationTeacher(evaluation_id=some.evaluation_id, user_id=user.id))
            return (await tokens.create(uow, CommandLine(some.school_id), user.id, "soak")).secret

    async def classes(self, students: int) -> list[SchoolClass]:
        """Schools with a class of 25 each, so many pupils together, who have five comments each."""
        made = []
        for start in range(0, students, 25):
            slug = f"soak-{next(self._numbers)}"
            made.append(await make_class(self.units, slug, min(25, students - start), comments=5))
        return made

    async def queue(
        self,
        some: SchoolClass,
        students: Sequence[int] | None = None,
        lane: str = "normal",
        max_retries: int = 3,
    ) -> list[str]:
        """Queue these pupils, or the whole class, in one call; returns the jobs' ids."""
        wanted = order(some, tuple(students or some.students), lane, max_retries)
        return [one.job.id for one in (await queue(self.units, wanted)).values()]

    async def states(self) -> dict[str, int]:
        """How many jobs are in each state."""
        async with self.units() as uow:
            rows = await uow.session.execute(text("SELECT state, count(*) FROM job GROUP BY state"))
            return dict(rows.all())

    async def all_ended(self, report: Report, within: float) -> None:
        """Wait until every job is in a terminal state; those that are not by then count as lost."""

        async def none_live() -> bool:
            return not {"queued", "processing"} & set(await self.states())

        try:
            await eventually(none_live, within)
        except AssertionError:
            report.lost.append(f"after {within:g} s the jobs are {await self.states()}")

    def clean_up(self) -> None:
        """End every process; the servers end with their block."""
        for line in self.workers:
            line.process.clean_up()
        self.web.clean_up()
        self.model.clean_up()


@contextlib.asynccontextmanager
async def open_system(**environ: str) -> AsyncIterator[System]:
    """Servers of its own, a migrated database and a running model; the experiment starts the rest.

    PostgreSQL does not wait for the disk here: what was committed outlives a killed server all the same,
    and nobody pulls the plug of the machine.
    """
    with running_servers() as servers, tempfile.TemporaryDirectory(prefix="terugblik-soak-") as folder:
        servers.admin("createdb", DATABASE)
        complete = servers.environ(DATABASE) | environ
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=complete, check=True)
        async with open_units(load(complete)) as units:
            system = System(servers, Path(folder), complete, units)
            try:
                await system.model.start()
                yield system
            finally:
                system.clean_up()
                keep_logs(system.folder)


def keep_logs(folder: Path) -> None:
    """Copy the processes' logs to SOAK_LOGS, when it names a folder, for a look after the end."""
    if kept := os.environ.get("SOAK_LOGS"):
        for log in folder.glob("*.log"):
            Path(kept).mkdir(parents=True, exist_ok=True)
            (Path(kept) / log.name).write_bytes(log.read_bytes())
