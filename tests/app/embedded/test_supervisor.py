"""The supervisor and the guard on real processes: restarted, signalled once, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.guard import ROOT, Guard
from app.embedded.supervisor import Supervisor
from tests.support.eventually import eventually

NOTHING_EMBEDDED = {"DATABASE_URL": "postgres://db.example/x", "REDIS_URL": "redis://redis.example"}

LAUNCHER = """
import os, sys, time
from pathlib import Path
from app.embedded.guard import Guard
from app.embedded.supervisor import Supervisor
with Guard(dict(os.environ)) as guard:
    Supervisor(os.environ, Path(sys.argv[1]), guard, print).start("child", sys.argv[2])
    print("started", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def said() -> list[str]:
    """The messages for the reader."""
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    """A supervisor whose processes have half a second between SIGTERM and SIGKILL."""
    environ = os.environ | NOTHING_EMBEDDED
    with Guard(environ) as guard:
        supervisor = Supervisor(environ, tmp_path, guard, said.append, grace_seconds=0.5)
        yield supervisor
        supervisor.end()


def log(folder: Path, name: str) -> list[str]:
    return (folder / f"{name}.log").read_text().splitlines()


async def test_a_process_that_ends_is_reported_and_restarted_after_a_pause(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start("short", "sh -c 'echo ran; exit 3'")
    assert await eventually(supervisor.check) == ["short"]
    assert said[0].startswith("short ended (exit code 3); its log is ")
    ended = time.monotonic()
    assert await eventually(supervisor.check) == ["short"]
    assert time.monotonic() - ended >= 1.0
    assert said[1] == "Starting short again"
    assert log(tmp_path, "short") == ["ran", "ran"]
    assert supervisor.log_tail("short") == "  ran\n  ran"

    ended = time.monotonic()
    assert await eventually(supervisor.check) == ["short"]
    assert time.monotonic() - ended >= 2.0


async def test_only_the_leader_gets_sigterm_and_a_stubborn_group_is_killed(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    # Parent and child write a line for each SIGTERM, and do not end.
    child = 'trap "echo child asked" TERM; echo child $$; while :; do sleep 0.05; done'
    parent = f"trap \"echo parent asked\" TERM; sh -c '{child}' & while :; do sleep 0.05; done"
    script = tmp_path / "stubborn.sh"
    script.write_text(parent)
    supervisor.start("stubborn", f"sh {script}")
    await eventually(lambda: any(line.startswith("child ") for line in log(tmp_path, "stubborn")))
    began = time.monotonic()
    supervisor.end()
    assert time.monotonic() - began >= 0.5
    lines = log(tmp_path, "stubborn")
    assert lines[1:] == ["parent asked"]
    await eventually(lambda: not is_running(int(lines[0].split()[1])))


async def test_the_group_of_a_killed_leader_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start("family", "sh -c 'sleep 60 & echo $! $$; wait'")
    lines = await eventually(lambda: log(tmp_path, "family"))
    child, leader = map(int, lines[0].split())
    os.kill(leader, signal.SIGKILL)
    assert await eventually(supervisor.check) == ["family"]
    await eventually(lambda: not is_running(child))


def test_a_command_runs_to_its_end_and_the_log_of_the_run_before_is_kept(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    assert supervisor.run("once", "sh -c 'echo first'", time.sleep) == 0
    assert supervisor.run("once", "sh -c 'echo second; exit 7'", time.sleep) == 7
    assert log(tmp_path, "once") == ["second"]
    assert log(tmp_path, "once.old") == ["first"]


def test_an_exception_of_pause_ends_the_command(supervisor: Supervisor, tmp_path: Path) -> None:
    def stop(_seconds: float) -> None:
        if log(tmp_path, "slow"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        supervisor.run("slow", "sh -c 'echo $$; exec sleep 60'", stop)
    assert not is_running(int(log(tmp_path, "slow")[0]))


def launch(folder: Path) -> subprocess.Popen[str]:
    """Start a program that has started a child, and wait until both run."""
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, folder, "sh -c 'echo $$; exec sleep 60'"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | NOTHING_EMBEDDED,
    )
    assert launcher.stdout is not None
    assert launcher.stdout.readline() == "started\n"
    return launcher


async def test_the_guard_ends_the_children_of_a_killed_launcher(tmp_path: Path) -> None:
    launcher = launch(tmp_path)
    child = int((await eventually(lambda: log(tmp_path, "child")))[0])
    launcher.kill()
    launcher.communicate()
    await eventually(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    """A zombie does not count: process 1 of some containers reaps nobody."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(shown.stdout) and not shown.stdout.startswith("Z")
