"""`terugblik up`: starts everything that Terugblik needs on this machine, watches it, and stops it again."""

import asyncio
import fcntl
import http.client
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from app.accounts.passwords import Passwords
from app.core import logs
from app.embedded.demo_school import DemoLogin, create
from app.embedded.folders import EmbeddedError, make_private, prepare_home, shown
from app.embedded.guard import ROOT, Guard
from app.embedded.offline import open_units
from app.embedded.probe import choose_port, get, model_trouble
from app.embedded.procfile import parse_procfile
from app.embedded.services import Services, find_services
from app.embedded.supervisor import Supervisor
from app.settings import DEMO_MODEL, LlmSettings, Settings, SettingsError, home, load

READY_TIMEOUT_SECONDS = 60.0
"""From the start of the processes to the first answer of /ready."""

HANDOVER_TIMEOUT_SECONDS = 15.0
"""For the guard of a killed run to end its processes."""

POLL_INTERVAL_SECONDS = 0.5


class Stopped(Exception):
    """A signal asked for the end. `code` is the exit code: 128 + the signal's number, as shells expect it.

    Ctrl-C is how a person ends this program, so it is no failure, and `make up` prints none: its code is 0.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 0 if number == signal.SIGINT else 128 + number


class Stop:
    """Turns signals into a flag that is checked between steps, so that no step is interrupted."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._number = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request)

    def _request(self, number: int, _frame: FrameType | None) -> None:
        self._number = number
        self._requested.set()

    def pause(self, seconds: float = 0.0) -> None:
        """Wait for `seconds`. Raises Stopped as soon as a signal has come."""
        if self._requested.wait(seconds):
            raise Stopped(self._number)


def say(line: str) -> None:
    """Print a line at once, also when the output goes to a file."""
    print(line, flush=True)


def up(environ: Mapping[str, str]) -> int:
    """Run until Ctrl-C or SIGTERM, and return the exit code. Faults are printed as sentences."""
    stop = Stop()
    try:
        with ExitStack() as stack:
            _run(dict(environ), stop, stack)
    except Stopped as stopped:
        say("Stopped")
        return stopped.code
    except SettingsError as wrong:
        print(*wrong.faults, sep="\n", file=sys.stderr)
    except EmbeddedError as wrong:
        print(wrong, file=sys.stderr)
    except OSError as fault:  # a full disk, a removed folder
        print(f"Terugblik cannot go on: {fault.strerror} ({fault.filename})", file=sys.stderr)
    return 1


def _run(environ: dict[str, str], stop: Stop, stack: ExitStack) -> None:
    """Take the steps in order. `stack` undoes them in the opposite order."""
    folder = home(environ)
    environ["TERUGBLIK_HOME"] = str(
        folder
    )  # the processes run in another folder, where a relative path differs
    say(f"Terugblik on Python {platform.python_version()}; its folder is {shown(folder)}")
    prepare_home(folder)
    lock = stack.enter_context(_only_one(folder, stop))
    port = choose_port(environ.get("PORT") or "8000")
    services, complete = find_services(environ, say)
    complete |= {"PORT": str(port), "HOST": environ.get("HOST") or "127.0.0.1"}
    settings = load(complete)
    logs.configure("text", "warning")
    guard = stack.enter_context(Guard(environ, lock=lock))
    services.join()
    stack.callback(services.leave)
    make_private(folder / "logs")
    supervisor = Supervisor(complete, folder / "logs", guard, say)
    stack.callback(supervisor.end)

    lines = parse_procfile((ROOT / "Procfile").read_text())
    _migrate(lines.pop("release"), supervisor, stop)
    logins: tuple[DemoLogin, ...] = ()
    if not environ.get("DATABASE_URL"):
        logins = asyncio.run(_demo_school(settings))
        stop.pause()
        _start_demo_model(settings.llm, supervisor)
    for name, line in lines.items():
        say(f"Starting {name} (its log is {shown(folder / 'logs' / name)}.log)")
        supervisor.start(name, line)
    _await_ready(port, supervisor, stop)
    for login in logins:
        say(f"Log in as {login.role}: {login.email}, password {login.password}")
    say(f"Terugblik is ready at http://127.0.0.1:{port}")
    _watch(supervisor, services, stop)


@contextmanager
def _only_one(folder: Path, stop: Stop) -> Iterator[int]:
    """Lock the folder for this run, and yield the lock's descriptor for the guard.

    After a kill -9 the guard still holds the lock until it has ended the processes of that run. We wait for
    that. Raises EmbeddedError when another run is alive.
    """
    descriptor = os.open(folder / "up.pid", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + HANDOVER_TIMEOUT_SECONDS
        while not _try_lock(descriptor):
            number = os.pread(descriptor, 32, 0).decode().strip()
            if _alive(number) or time.monotonic() > deadline:
                raise EmbeddedError(
                    f"Terugblik already runs from {folder} (process {number}). Stop that one, or give this "
                    "one another folder and port: TERUGBLIK_HOME=.local2 PORT=8001 make up"
                )
            stop.pause(0.1)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(number: str) -> bool:
    try:
        os.kill(int(number), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _migrate(line: str, supervisor: Supervisor, stop: Stop) -> None:
    say("Bringing the database up to date")
    if supervisor.run("release", line, stop.pause) != 0:
        tail = supervisor.log_tail("release")
        raise EmbeddedError(f"The database could not be brought up to date. The log says:\n{tail}")


async def _demo_school(settings: Settings) -> tuple[DemoLogin, ...]:
    """Make the demo school in an empty database, and return who can log in with the demo password."""
    passwords = Passwords()
    try:
        async with open_units(settings) as units:
            demo = await create(units, passwords)
    finally:
        passwords.close()
    if demo.created:
        say("Made the demo school and its classes")
    return demo.logins


def _start_demo_model(llm: LlmSettings, supervisor: Supervisor) -> None:
    """Start the demo model if no real model can be used, and point the processes at it."""
    trouble = model_trouble(llm)
    if trouble:
        port = choose_port("0")
        say(f"Starting the demo model, because {trouble}; its texts are marked as a demonstration")
        supervisor.start("model", f"python -m app.embedded.demo_model --port {port}")
        supervisor.environ |= {
            "LLM_PROVIDER": "ollama",
            "OLLAMA_BASE_URL": f"http://127.0.0.1:{port}",
            "OLLAMA_MODEL": DEMO_MODEL,
        }


def _await_ready(port: int, supervisor: Supervisor, stop: Stop) -> None:
    """Wait until the web process answers that it is ready.

    Raises EmbeddedError when a process ends, or after READY_TIMEOUT_SECONDS.
    """
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while get(f"http://127.0.0.1:{port}/ready")[0] != http.client.OK:
        ended = supervisor.check()
        if ended or time.monotonic() > deadline:
            name = ended[0] if ended else "web"
            fault = "ended" if ended else f"was not ready within {READY_TIMEOUT_SECONDS:.0f} s"
            raise EmbeddedError(f"{name} {fault}. Its log says:\n{supervisor.log_tail(name)}")
        stop.pause(0.1)


def _watch(supervisor: Supervisor, services: Services, stop: Stop) -> None:
    """Restart what ends, until a signal comes: `stop` then raises Stopped."""
    while True:
        stop.pause(POLL_INTERVAL_SECONDS)
        supervisor.check()
        services.ensure_running()
