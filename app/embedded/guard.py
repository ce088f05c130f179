"""Ends the processes that a launcher started when the launcher is killed.

The guard is a small process in another session. It reads a pipe whose only writer is the launcher. However
the launcher ends, the kernel closes the pipe. Then the guard ends the process groups that it watches and
leaves the embedded services. PR_SET_PDEATHSIG does this on Linux only; the pipe also works on macOS.
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
"""The folder that holds the package `app`."""

GRACE_SECONDS = 8.5
"""Between SIGTERM and SIGKILL. Workers hand their jobs back within eight seconds."""


class Guard:
    """The guard of this process, while the block runs.

    `environ` names the embedded services that the guard leaves. `lock` is the descriptor of a locked file.
    The guard inherits it, so the lock is free only when everything has ended.
    """

    def __init__(self, environ: dict[str, str], lock: int | None = None) -> None:
        self._environ = environ
        self._lock = lock

    def __enter__(self) -> Self:
        reading, self._pipe = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.embedded.guard"],
            stdin=reading,
            cwd=ROOT,
            env=self._environ,
            pass_fds=() if self._lock is None else (self._lock,),
            start_new_session=True,
        )
        os.close(reading)
        return self

    def watch(self, group: int) -> None:
        """End this process group when the launcher is gone."""
        self._write(f"+{group}")

    def forget(self, group: int) -> None:
        """Watch this group no longer. It has ended, and the system may reuse its number."""
        self._write(f"-{group}")

    def _write(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # a killed guard must not end the launcher
            os.write(self._pipe, f"{line}\n".encode())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._pipe)
        self._process.wait()


def end_groups(groups: Iterable[int]) -> None:
    """Send SIGTERM to the leader of each process group, and kill what is left of it after GRACE_SECONDS.

    Dramatiq's leader passes the signal on. A worker that gets it twice drops its work.
    """
    groups = set(groups)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_alive, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        kill_group(group)


def _alive(leader: int) -> bool:
    """Whether the leader runs. A dead one may stay listed: process 1 of many containers reaps nothing."""
    try:
        os.kill(leader, 0)
        state = Path(f"/proc/{leader}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # no Linux
        return True
    return state != "Z"


def kill_group(group: int) -> None:
    """Send SIGKILL to what is left of the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def main() -> None:
    """Read the pipe until the launcher is gone, then end the groups that it left."""
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
