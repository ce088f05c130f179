"""Ends what a program started when that program is killed: nothing may go on without its launcher.

A small process in a session of its own reads a pipe whose only writer is the launcher. However the launcher
ends, the kernel closes the pipe; then the guard ends the process groups it was told of and leaves the
embedded services. Linux alone could tie children to a parent (PR_SET_PDEATHSIG); this also works on macOS.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from app.embedded.folders import EmbeddedError
from app.embedded.services import find_services

ROOT = Path(__file__).parents[2]
"""Where `app` is found, wherever we were started."""

GRACE = 8.5
"""Seconds that a process gets after SIGTERM. Workers give their jobs back within eight."""


class Guard:
    """The guard of this process, as long as the block runs.

    `environ` tells which embedded services to leave; `hold` is a descriptor with a file lock that the
    guard keeps too, so that it is free only when everything has ended.
    """

    def __init__(self, environ: dict[str, str], hold: int | None = None) -> None:
        self._environ = environ
        self._hold = hold

    def __enter__(self) -> Self:
        reading, self._pipe = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.embedded.guard"],
            stdin=reading,
            cwd=ROOT,
            env=self._environ,
            pass_fds=() if self._hold is None else (self._hold,),
            start_new_session=True,
        )
        os.close(reading)
        return self

    def watch(self, group: int) -> None:
        """Remember this process group."""
        self._say(f"+{group}")

    def forget(self, group: int) -> None:
        """The group has ended; its number may be given to others."""
        self._say(f"-{group}")

    def _say(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # a killed guard must not take us with it
            os.write(self._pipe, f"{line}\n".encode())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._pipe)
        self._process.wait()


def end_groups(groups: Iterable[int]) -> None:
    """Send SIGTERM to the leader of each process group, and kill what is left of it after the time of grace.

    Only the leader is asked: Dramatiq's hands the signal on, and a worker that gets it twice drops its work.
    """
    groups = set(groups)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, signal.SIGTERM)
    until = time.monotonic() + GRACE
    while any(map(_alive, groups)) and time.monotonic() < until:
        time.sleep(0.05)
    for group in groups:
        kill_group(group)


def _alive(leader: int) -> bool:
    """Whether the leader runs. A dead one can stay listed: process 1 of many containers reaps nobody."""
    try:
        os.kill(leader, 0)
        state = Path(f"/proc/{leader}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # no Linux
        return True
    return state != "Z"


def kill_group(group: int) -> None:
    """SIGKILL to every process of the group that is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def main() -> None:
    """Read until the launcher is gone, then end what it left."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(groups)
    services, _ = find_services(os.environ)
    with contextlib.suppress(EmbeddedError):
        services.leave()


if __name__ == "__main__":
    main()
