"""Real worker processes for tests: started, waited for, terminated, killed, and always cleaned up."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from tests.support.eventually import eventually

ROOT = Path(__file__).parents[2]
READY = re.compile(r'(?:worker_ready .*?pid=|"pid": )(\d+)')
"""In readable logs, and in JSON."""


class WorkerProcess:
    """One line of the Procfile: Dramatiq's master process and its one child, which does the work."""

    def __init__(self, environ: Mapping[str, str], app: str, log: Path) -> None:
        self._log = log
        options = ["--processes", "1", "--skip-logging", "--worker-shutdown-timeout", "8000"]
        with log.open("wb") as output:
            self.master = subprocess.Popen(
                [sys.executable, "-m", "dramatiq", app, *options],
                cwd=ROOT,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.child = 0

    async def ready(self) -> None:
        """Wait until it takes work."""
        self.child = int((await eventually(lambda: READY.findall(self.log)))[0])

    @property
    def log(self) -> str:
        """Everything that it has logged."""
        return self._log.read_text(errors="replace")

    def terminate(self, *, group: bool = False) -> None:
        """Ask it to end, as a supervisor does; `group`: every process of it, as some supervisors do."""
        if group:
            os.killpg(self.master.pid, signal.SIGTERM)
        else:
            self.master.terminate()

    def kill_child(self) -> None:
        """kill -9 the working process."""
        os.kill(self.child, signal.SIGKILL)

    def kill_master(self) -> None:
        """kill -9 the master process, and leave the child to itself."""
        self.master.kill()

    def freeze(self) -> None:
        """Stop the working process from running, until `thaw`."""
        os.kill(self.child, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again."""
        os.kill(self.child, signal.SIGCONT)

    async def ended(self, within: float = 12.0) -> int:
        """Wait for its end and return the exit code."""
        return await asyncio.to_thread(self.master.wait, within)

    def clean_up(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.master.pid, signal.SIGKILL)
        self.master.wait()


@contextlib.asynccontextmanager
async def running_worker(
    environ: Mapping[str, str], app: str = "workers.main"
) -> AsyncIterator[WorkerProcess]:
    """A worker process that takes work, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        worker = WorkerProcess(environ, app, Path(folder) / "log")
        try:
            await worker.ready()
            yield worker
        finally:
            worker.clean_up()
