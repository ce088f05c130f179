"""Programs of the repository as processes, for tests: started, waited for, ended, and never left behind."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.support.eventually import MAX_WAIT_SECONDS, eventually
from tests.support.model_scripts import Script
from tests.support.model_server import Asked

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """`python -m MODULE ARGUMENTS` in a process group of its own, serving HTTP on a port that stays."""

    def __init__(
        self, module: str, environ: Mapping[str, str], log: Path, port: int, arguments: tuple[str, ...] = ()
    ) -> None:
        self.port = port
        self._command = [sys.executable, "-m", module, *arguments]
        self._environ = dict(environ)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process that was started last still runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Everything that it has logged, by all its processes so far."""
        return self._log.read_text(errors="replace")

    async def start(self, within: float = 20.0) -> None:
        """Start it and wait until its port is open."""
        self._launch()
        await eventually(self._listens, within)

    def _launch(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def kill(self) -> None:
        """kill -9, and wait for its end."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """Ask it to end and return its exit code."""
        return await self._end(signal.SIGTERM)

    def clean_up(self) -> None:
        """Leave nothing behind."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return await asyncio.to_thread(self._process.wait, 30)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class ModelProgram(Program):
    """The scripted model as a process, which counts its calls. A restart forgets script and calls."""

    def __init__(self, environ: Mapping[str, str], log: Path) -> None:
        port = free_port()
        super().__init__("tests.support.model_server", environ, log, port, ("--port", str(port)))

    async def answer_by(self, script: Script) -> None:
        """Answer every call by this script from now on."""
        change = {"script": msgspec.to_builtins(script), "scripts": {}, "following": []}
        await self._ask("POST", "/control", change)

    async def answer_stage_by(self, stage: Asked, script: Script) -> None:
        """Answer prompts of this kind by this script, until `answer_by`."""
        await self._ask("POST", "/control", {"scripts": {stage: msgspec.to_builtins(script)}})

    async def answer_next_by(self, scripts: Sequence[Script]) -> None:
        """Answer the next calls by these, once each, in place of those that were left of earlier ones."""
        await self._ask("POST", "/control", {"following": msgspec.to_builtins(list(scripts))})

    async def release(self) -> None:
        """Let calls go on that a `hold` script stopped, and those to come."""
        await self._ask("POST", "/control", {"release": True})

    async def counts(self) -> dict[str, int]:
        """How many calls are open, finished, and left by the client."""
        return dict(await self._ask("GET", "/control/counts"))

    async def calls(self) -> list[dict[str, Any]]:
        """Every call so far: asked, state, began, ended, mark."""
        return list((await self._ask("GET", "/control/stats"))["calls"])

    async def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, timeout=MAX_WAIT_SECONDS, trust_env=False) as client:
            answer = await client.request(method, path, json=body)
            answer.raise_for_status()
            return dict(answer.json())


class WebProgram(Program):
    """The web process of the Procfile, or another module that serves the same."""

    def __init__(self, environ: Mapping[str, str], log: Path, module: str = "web.main") -> None:
        port = free_port()
        super().__init__(module, {**environ, "PORT": str(port), "HOST": "127.0.0.1"}, log, port)
