"""Keeps the processes of the Procfile running for `terugblik up`: starts, watches, restarts and ends them.

A Procfile runner such as honcho does not fit. It ends everything when one process ends, gives five seconds
for that, and signals whole process groups, so a Dramatiq worker gets SIGTERM twice and drops its work. On a
server the host's own supervisor runs the same lines.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded.folders import shown
from app.embedded.guard import GRACE_SECONDS, ROOT, Guard, kill_group

MIN_RESTART_PAUSE_SECONDS = 1.0
MAX_RESTART_PAUSE_SECONDS = 30.0
"""The pauses before a process is restarted: 1, 2, 4 … at most 30 seconds."""

STEADY_AFTER_SECONDS = 60.0
"""A process that ran for longer than this is restarted after the shortest pause."""


@dataclass(slots=True)
class Child:
    """A line of the Procfile and its process, which leads a session and a process group."""

    name: str
    command: str
    process: subprocess.Popen[bytes]
    started: float
    pause: float = MIN_RESTART_PAUSE_SECONDS
    restart_at: float | None = None
    """The monotonic time of its restart; None while it runs."""


class Supervisor:
    """The running processes.

    New processes get `environ`. The folder `logs` holds a file for each. A process has `grace_seconds`
    between SIGTERM and SIGKILL.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        logs: Path,
        guard: Guard,
        say: Callable[[str], None],
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        programs = Path(sys.executable).parent
        self.environ = {**environ, "PATH": f"{programs}{os.pathsep}{environ.get('PATH', os.defpath)}"}
        self._logs = logs
        self._guard = guard
        self._say = say
        self._grace_seconds = grace_seconds
        self._children: list[Child] = []

    def start(self, name: str, command: str) -> None:
        """Start a shell command, and restart it whenever it ends."""
        self._fresh_log(name)
        self._children.append(Child(name, command, self._spawn(name, command), time.monotonic()))

    def run(self, name: str, command: str, pause: Callable[[float], None]) -> int:
        """Run a shell command to its end, and return its exit code. An exception of `pause` ends it."""
        self._fresh_log(name)
        process = self._spawn(name, command)
        try:
            while process.poll() is None:
                pause(0.05)
        finally:
            self._end([process])
            self._guard.forget(process.pid)
        return process.returncode

    def check(self) -> list[str]:
        """Note what ended, restart what has paused long enough, and return the names of what just ended."""
        ended = []
        for child in self._children:
            if child.restart_at is None and child.process.poll() is not None:
                ended.append(child.name)
                self._note_end(child)
            elif child.restart_at is not None and time.monotonic() >= child.restart_at:
                self._say(f"Starting {child.name} again")
                child.process = self._spawn(child.name, child.command)
                child.started, child.restart_at = time.monotonic(), None
        return ended

    def end(self) -> None:
        """End every process, within a little more than the grace time."""
        self._end([child.process for child in self._children if child.restart_at is None])

    def log_tail(self, name: str) -> str:
        """The last fifteen lines of the log of a process, indented."""
        lines = self._log(name).read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-15:])

    def _note_end(self, child: Child) -> None:
        group, code = child.process.pid, child.process.returncode
        kill_group(group)  # workers outlive a killed Dramatiq master (docs/adr/0002-own-broker.md)
        self._guard.forget(group)
        now = time.monotonic()
        if now - child.started > STEADY_AFTER_SECONDS:
            child.pause = MIN_RESTART_PAUSE_SECONDS
        child.restart_at = now + child.pause
        why = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._say(f"{child.name} ended ({why}); its log is {shown(self._log(child.name))}")
        child.pause = min(child.pause * 2, MAX_RESTART_PAUSE_SECONDS)

    def _spawn(self, name: str, command: str) -> subprocess.Popen[bytes]:
        with self._log(name).open("ab") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=self.environ,
                start_new_session=True,
            )
        self._guard.watch(process.pid)
        return process

    def _end(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        """Send SIGTERM to each process, and kill what is left of its group after the grace time."""
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + self._grace_seconds
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in processes:
            kill_group(process.pid)
            process.wait()

    def _fresh_log(self, name: str) -> None:
        """Move the log of the previous run aside. Older logs are not kept."""
        log = self._log(name)
        if log.exists():
            log.replace(log.with_suffix(".old.log"))

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"
