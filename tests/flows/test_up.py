"""`terugblik up` as a person meets it: from nothing to the ready line and back, killed, refused."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.guard import ROOT
from app.embedded.probe import get
from tests.support.eventually import eventually

READY = re.compile(r"Terugblik is ready at (http://127\.0\.0\.1:\d+)")
NAMES = ("web", "worker", "worker-urgent", "scheduler", "model")
MAX_START_SECONDS = 90.0
"""Seconds for a start on a busy build machine; it takes five on a quiet laptop."""

needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds left-over processes in /proc")


class Run:
    """One `terugblik up` in a process group of its own, as a terminal would start it."""

    def __init__(self, home: Path, **environ: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._output = home.parent / f"{home.name}-{time.monotonic_ns()}.out"
        with self._output.open("ab") as output:  # a file of its own to read: shared, a seek moves the writer
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "up"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=kept | {"TERUGBLIK_HOME": str(home), "PORT": "0"} | environ,
                start_new_session=True,
            )

    def output(self) -> str:
        """All lines so far."""
        return self._output.read_text()

    async def ready(self) -> str:
        """The address in the ready line, which is the last one."""

        def last_line() -> re.Match[str]:
            assert self.process.poll() is None, self.output()
            found = READY.fullmatch((self.output().splitlines() or [""])[-1])
            assert found, self.output()
            return found

        return (await eventually(last_line, within=MAX_START_SECONDS))[1]

    async def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        await eventually(lambda: self.process.poll() is not None)
        return self.process.returncode

    async def failed(self) -> str:
        """The output of a run that ends by itself with exit code 1."""
        await eventually(lambda: self.process.poll() is not None, within=MAX_START_SECONDS)
        assert self.process.returncode == 1, self.output()
        return self.output()


def processes_of(home: Path) -> dict[int, str]:
    """Every living process that works in or for `home`: number and command."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_text().replace("\0", " ")
            about = (
                (process / "environ").read_text(errors="replace")
                + command
                + str((process / "cwd").readlink())
            )
            if command and str(home) in about:
                found[int(process.name)] = command
    return found


def leader_of(home: Path, part: str) -> int:
    """The process whose command holds `part` and that leads its group."""
    return next(
        pid for pid, command in processes_of(home).items() if part in command and os.getpgid(pid) == pid
    )


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that does not exist yet."""
    folder = Path(tempfile.mkdtemp(prefix="terugblik-test-"))
    folder.chmod(0o755)
    yield folder / "home"
    for pid in processes_of(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


@needs_proc
async def test_up_from_nothing_to_ready_and_back(home: Path) -> None:
    run = Run(home)
    address = await run.ready()
    lines = run.output().splitlines()
    for name in ("PostgreSQL", "Valkey", "the demo model,", *NAMES[:4]):
        assert sum(line.startswith(f"Starting {name} ") for line in lines) == 1, lines
    assert (await asyncio.to_thread(get, f"{address}/ready"))[0] == 200
    assert (home / "secret_key").read_text() not in run.output()
    logins = ["docent@demo.example", "beheer@demo.example", "leerling@demo.example", "docent@elders.example"]
    assert [line.split()[4].rstrip(",") for line in lines if line.startswith("Log in as ")] == logins
    assert lines.count("Made the demo school and its classes") == 1

    second = Run(home)
    assert f"already runs from {home} (process {run.process.pid})" in await second.failed()

    os.kill(leader_of(home, "periodiq"), signal.SIGKILL)
    await eventually(lambda: "Starting scheduler again" in run.output())
    assert "scheduler ended (signal 9)" in run.output()
    await eventually(lambda: leader_of(home, "periodiq"))

    code = await run.end(signal.SIGINT)
    assert (code, run.output().splitlines()[-1]) == (0, "Stopped")
    assert processes_of(home) == {}


@needs_proc
async def test_kill_9_of_the_launcher_ends_everything_and_a_new_start_recovers(home: Path) -> None:
    first = Run(home)
    await first.ready()
    before = processes_of(home)
    assert len(before) > len(NAMES)
    await first.end(signal.SIGKILL)

    second = Run(home)
    await second.ready()
    left = {pid: command for pid, command in processes_of(home).items() if pid in before}
    assert left == {}
    assert "Made the demo school" not in second.output()
    assert second.output().count("Log in as ") == 4
    code = await second.end(signal.SIGTERM)
    assert code == 143
    assert processes_of(home) == {}


@needs_proc
async def test_a_killed_launcher_that_nobody_starts_again_leaves_nothing(home: Path) -> None:
    run = Run(home)
    await run.ready()
    await run.end(signal.SIGKILL)
    await eventually(lambda: processes_of(home) == {})


async def test_a_taken_port_is_told_with_another_one(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        output = await Run(home, PORT=str(port)).failed()
    assert f"Port {port} is taken by another program" in output
    assert "PORT=8001 make up" in output
    assert "Starting" not in output


async def test_wrong_settings_are_all_told_before_anything_starts(home: Path) -> None:
    output = await Run(home, WORKER_THREADS="many", OLLAMA_BASE_URL="ftp://model").failed()
    assert "WORKER_THREADS must be a number, not 'many'." in output
    assert "OLLAMA_BASE_URL must hold http" in output
    assert "Starting" not in output
    assert "Traceback" not in output


async def test_a_database_that_is_away_ends_the_start_with_the_log_of_the_migration(home: Path) -> None:
    url = "postgres://nobody@/none?host=/nowhere"
    output = await Run(home, DATABASE_URL=url, SECRET_KEY="x" * 32).failed()
    assert "The database could not be brought up to date. The log says:\n" in output
    assert "Starting PostgreSQL" not in output
    assert "Starting web" not in output
