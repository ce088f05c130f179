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
from app.embedded.guard import GRACE, ROOT, Guard, kill_group

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds before a process that ended is started again: 1, 2, 4 … at most 30."""
STEADY = 60.0
"""Seconds after which a process counts as healthy and its pauses begin anew."""


@dataclass(slots=True)
class Child:
    """One line of the Procfile; its process has a session and a process group of its own."""

    name: str
    command: str
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE
    again: float | None = None
    """When it will be started again; None while it runs."""


class Supervisor:
    """The running processes.

    `environ` is what new ones get, `logs` the folder with one file for each, `grace` the seconds that one
    gets to end after SIGTERM.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        logs: Path,
        guard: Guard,
        say: Callable[[str], None],
        grace: float = GRACE,
    ) -> None:
        programs = Path(sys.executable).parent
        self.environ = {**environ, "PATH": f"{programs}{os.pathsep}{environ.get('PATH', os.defpath)}"}
        self._logs = logs
        self._guard = guard
        self._say = say
        self._grace = grace
        self._children: list[Child] = []

    def start(self, name: str, command: str) -> None:
        """Run a shell command and keep it running."""
        self._fresh_log(name)
        self._children.append(Child(name, command, self._spawn(name, command), time.monotonic()))

    def run(self, name: str, command: str, pause: Callable[[float], None]) -> int:
        """Run a shell command to its end and return its exit code. What `pause` raises ends it."""
        self._fresh_log(name)
        process = self._spawn(name, command)
        try:
            while process.poll() is None:
                pause(0.05)
        finally:
            self._end([process])
            self._guard.forget(process.pid)
        return process.returncode

    def look(self) -> list[str]:
        """Find who ended and start again whose pause is over. Returns the names of those that just ended."""
        ended = []
        for child in self._children:
            if child.again is None and child.process.poll() is not None:
                ended.append(child.name)
                self._note_end(child)
            elif child.again is not None and time.monotonic() >= child.again:
                self._say(f"Starting {child.name} again")
                child.process = self._spawn(child.name, child.command)
                child.started, child.again = time.monotonic(), None
        return ended

    def end(self) -> None:
        """End every process, within about nine seconds."""
        self._end([child.process for child in self._children if child.again is None])

    def last_words(self, name: str) -> str:
        """The last lines of a log, for a reader who must find out what is wrong."""
        lines = self._log(name).read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-15:])

    def _note_end(self, child: Child) -> None:
        group, code = child.process.pid, child.process.returncode
        kill_group(group)  # a killed Dramatiq master leaves workers that go on (FACTS.md)
        self._guard.forget(group)
        now = time.monotonic()
        if now - child.started > STEADY:
            child.pause = FIRST_PAUSE
        child.again = now + child.pause
        why = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._say(f"{child.name} ended ({why}); its log is {shown(self._log(child.name))}")
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

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
        """Ask each process to end, and kill what is left of its group after the time of grace."""
        for process in processes:
            process.terminate()
        until = time.monotonic() + self._grace
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
        for process in processes:
            kill_group(process.pid)
            process.wait()

    def _fresh_log(self, name: str) -> None:
        """Keep the log of the run before beside the new one, and no older ones."""
        log = self._log(name)
        if log.exists():
            log.replace(log.with_suffix(".old.log"))

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"
