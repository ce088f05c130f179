"""`terugblik up`: all that Terugblik needs on this machine, from nothing to the ready line and back."""

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

READY_WITHIN = 60.0
HANDOVER_WITHIN = 15.0
"""Seconds that the guard of a killed run may need to end its processes."""
LOOK_EVERY = 0.5


class Stopped(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM; `code` is the exit code that shells expect, 128 + signal."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


class Stop:
    """Turns signals into a flag that is looked at between steps, so that no step is cut in the middle."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._number = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        self._number = number
        self._asked.set()

    def pause(self, seconds: float = 0.0) -> None:
        """Wait so long. Raises Stopped as soon as somebody asked for it."""
        if self._asked.wait(seconds):
            raise Stopped(self._number)


def say(line: str) -> None:
    """Tell the person at the terminal, at once also when the output goes to a file."""
    print(line, flush=True)


def up(environ: Mapping[str, str]) -> int:
    """Run until Ctrl-C or SIGTERM; returns the exit code. Whatever goes wrong is told in sentences."""
    stop = Stop()
    try:
        with ExitStack() as stack:
            _run(dict(environ), stop, stack)
    except Stopped as stopped:
        return stopped.code
    except SettingsError as wrong:
        print(*wrong.faults, sep="\n", file=sys.stderr)
    except EmbeddedError as wrong:
        print(wrong, file=sys.stderr)
    except OSError as fault:  # a full disk, a removed folder
        print(f"Terugblik cannot go on: {fault.strerror} ({fault.filename})", file=sys.stderr)
    return 1


def _run(environ: dict[str, str], stop: Stop, stack: ExitStack) -> None:
    """The steps, in order; `stack` undoes them in the opposite order."""
    folder = home(environ)
    environ["TERUGBLIK_HOME"] = str(folder)  # the processes run elsewhere, where a relative one is another
    say(f"Terugblik on Python {platform.python_version()}; its folder is {shown(folder)}")
    prepare_home(folder)
    lock = stack.enter_context(_only_one(folder, stop))
    port = choose_port(environ.get("PORT") or "8000")
    services, complete = find_services(environ, say)
    complete |= {"PORT": str(port), "HOST": environ.get("HOST") or "127.0.0.1"}
    settings = load(complete)
    logs.configure("text", "warning")
    guard = stack.enter_context(Guard(environ, hold=lock))
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
        _stand_in_for_model(settings.llm, supervisor)
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
    """Hold the folder for this run; yields the lock's descriptor, which the guard holds as well.

    So after a kill -9 it is free only when the guard has ended what was running, and we wait for that.
    Raises EmbeddedError when another run goes on.
    """
    descriptor = os.open(folder / "up.pid", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + HANDOVER_WITHIN
        while not _try_lock(descriptor):
            number = os.pread(descriptor, 32, 0).decode().strip()
            if _alive(number) or time.monotonic() > until:
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
        words = supervisor.last_words("release")
        raise EmbeddedError(f"The database could not be brought up to date. The log says:\n{words}")


async def _demo_school(settings: Settings) -> tuple[DemoLogin, ...]:
    """Make the demo school in an empty database; returns who can log in with the demo password."""
    passwords = Passwords()
    try:
        async with open_units(settings) as units:
            demo = await create(units, passwords)
    finally:
        passwords.close()
    if demo.created:
        say("Made the demo school and its classes")
    return demo.logins


def _stand_in_for_model(llm: LlmSettings, supervisor: Supervisor) -> None:
    """Start the demo model if no real one can be used; never on somebody's own database."""
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
    """Wait until the web process says that it can serve. Raises EmbeddedError when it or another one ends."""
    until = time.monotonic() + READY_WITHIN
    while get(f"http://127.0.0.1:{port}/ready")[0] != http.client.OK:
        ended = supervisor.look()
        if ended or time.monotonic() > until:
            name = ended[0] if ended else "web"
            fault = "ended" if ended else f"was not ready within {READY_WITHIN:.0f} s"
            raise EmbeddedError(f"{name} {fault}. Its log says:\n{supervisor.last_words(name)}")
        stop.pause(0.1)


def _watch(supervisor: Supervisor, services: Services, stop: Stop) -> None:
    """Until somebody stops us: start again what ended."""
    while True:
        stop.pause(LOOK_EVERY)
        supervisor.look()
        services.ensure_running()
