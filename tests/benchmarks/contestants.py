"""Who runs against whom: how each one's workers are started, how its jobs are queued, how its end is seen."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.eventually import eventually
from tests.support.services import ROOT

PEERS = ROOT / ".venv-peers" / "bin"
THREADS = 16
"""Jobs at once in one process, for whoever has any."""
_AT_ONCE = "{threads}"
"""Stands for that number in a command."""

_DRAMATIQ = ["-m", "dramatiq", "--processes", "1", "--skip-logging", "--worker-shutdown-timeout", "8000"]


@dataclass(frozen=True, slots=True, eq=False)
class Contestant:
    """`workers` are the commands of its processes, `queue` the command that reads what is wanted.

    `program` runs both; without `queue` the jobs are ours. `jobs` is the size of a full run: some seconds.
    `threads` is how many jobs each process takes at once.
    """

    name: str
    program: str
    workers: Sequence[Sequence[str]]
    ready: str
    jobs: int
    queue: Sequence[str] = ()
    prepare: Sequence[str] = ()
    stores: bool = True
    threads: int = THREADS

    @property
    def installed(self) -> bool:
        """Whether it can run here."""
        return Path(self.program).exists()


def _peer(name: str) -> list[str]:
    return ["-m", f"tests.benchmarks.peers.{name}"]


_PYTHON = str(PEERS / "python")
_CELERY = ["-m", "celery", "-A", "tests.benchmarks.peers.celery_peer", "worker", "-l", "info", "-O", "fair"]
_CELERY += ["--without-gossip", "--without-mingle"]

OURS = Contestant(
    "ours", sys.executable, [[*_DRAMATIQ, "tests.benchmarks.one_call"]] * 2, "worker_ready", 3000
)
OURS_ALONE = Contestant(
    "ours, one process", sys.executable, [[*_DRAMATIQ, "tests.benchmarks.one_call"]], "worker_ready", 2000
)
WHOLE = Contestant(
    "ours, whole pipeline", sys.executable, [[*_DRAMATIQ, "workers.main"]] * 2, "worker_ready", 900
)
BARE = Contestant(
    "bare Dramatiq",
    sys.executable,
    [["-m", "dramatiq", "--processes", "2", "--threads", _AT_ONCE, *_peer("bare_dramatiq")[1:]]],
    "ready for action",
    3000,
    queue=_peer("bare_dramatiq"),
    stores=False,
)
RQ = Contestant(
    "RQ", _PYTHON, [[*_peer("rq_peer"), "work"]] * 2, "Listening on", 200, [*_peer("rq_peer"), "queue"]
)
CELERY = Contestant(
    "Celery, prefork",
    _PYTHON,
    [[*_CELERY, "--concurrency", "4"]],
    "ready",
    1000,
    _peer("celery_peer"),
)
CELERY_THREADS = Contestant(
    "Celery, threads",
    _PYTHON,
    [[*_CELERY, "--pool", "threads", "--concurrency", _AT_ONCE, "-n", f"{name}@%h"] for name in "ab"],
    "ready",
    1000,
    _peer("celery_peer"),
)
_TASKIQ = ["-m", "taskiq", "worker", "tests.benchmarks.peers.taskiq_peer:broker"]
TASKIQ = Contestant(
    "taskiq",
    _PYTHON,
    [[*_TASKIQ, "--workers", "2", "--max-async-tasks", _AT_ONCE]],
    "Listening started",
    1500,
    _peer("taskiq_peer"),
)
_PROCRASTINATE = ["-m", "procrastinate", "--app", "tests.benchmarks.peers.procrastinate_peer.app"]
PROCRASTINATE = Contestant(
    "procrastinate",
    _PYTHON,
    [["-m", "procrastinate", "-v", *_PROCRASTINATE[2:], "worker", "--concurrency", _AT_ONCE]] * 2,
    "Starting worker on",
    1000,
    _peer("procrastinate_peer"),
    prepare=[*_PROCRASTINATE, "schema", "--apply"],
)
PEERS_OF_OURS = (RQ, CELERY, CELERY_THREADS, TASKIQ, PROCRASTINATE)


class Team:
    """The worker processes of a contestant while they run."""

    def __init__(self, contestant: Contestant, environ: Mapping[str, str], folder: Path) -> None:
        self._logs = [folder / str(index) for index in range(len(contestant.workers))]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ready = contestant.ready
        threads = str(contestant.threads)
        for command, log in zip(contestant.workers, self._logs, strict=True):
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [contestant.program, *(part.replace(_AT_ONCE, threads) for part in command)],
                    cwd=ROOT,
                    env={**environ, "WORKER_THREADS": threads},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._processes.append(process)

    @property
    def pids(self) -> list[int]:
        """Of the first process of each command."""
        return [process.pid for process in self._processes]

    async def ready(self) -> None:
        """Wait until all of them say so."""
        said = re.compile(self._ready)
        await eventually(lambda: all(said.search(log.read_text()) for log in self._logs), within=60)

    def signal(self, number: signal.Signals) -> None:
        """To every process of it."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    def last_words(self) -> str:
        """For whoever wonders why it does not get on."""
        return "\n".join(log.read_text(errors="replace")[-2000:] for log in self._logs)

    def end(self) -> None:
        """Leave nothing behind."""
        self.signal(signal.SIGKILL)
        for process in self._processes:
            process.wait()


@asynccontextmanager
async def running(contestant: Contestant, environ: Mapping[str, str]) -> AsyncIterator[Team]:
    """Its workers, idle and ready, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="terugblik-bench-"))
    if contestant.prepare:
        await run_command(contestant, contestant.prepare, environ)
    team = Team(contestant, environ, folder)
    try:
        await team.ready()
        yield team
    finally:
        team.end()
        shutil.rmtree(folder)


async def run_command(
    contestant: Contestant, command: Sequence[str], environ: Mapping[str, str], stdin: str = ""
) -> None:
    """Run one of its commands to its end. Raises AssertionError with what it said."""
    process = await asyncio.create_subprocess_exec(
        contestant.program,
        *command,
        cwd=ROOT,
        env=dict(environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(stdin.encode())
    assert process.returncode == 0, said.decode()
