"""A language model that costs next to nothing: canned answers over kept connections, in a process of its own.

`python -m tests.benchmarks.model_stub [--delay SECONDS] [--slots COUNT]` speaks enough of Ollama's protocol
for all. The same request gets the same bytes, made once; the product's own prompts get what the demo model
would say. It works on so many requests at once, and others wait for their turn, as at a real server.
GET /stats answers {"calls", "most_at_once", "last_token"}: wall-clock time of the newest answer's end.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from app.embedded.demo_model import ChatRequest
from tests.support.plain_model import answer
from tests.support.services import ROOT

ASKED = "Vat samen wat teamgenoten over deze leerling schreven."
"""The system text of contestants that make one call for each summary."""

SAID = (
    "Het is fijn dat je afspraken nakomt en op tijd bent.\n"
    "Het is mooi dat je anderen helpt als zij vastlopen.\n"
    "Het zou fijn zijn als je je planning eerder met de groep deelt.\n"
    "Tip: zet aan het begin van de week op papier wat je wanneer af wilt hebben."
)
"""What it says to them."""

UNLIMITED = 1_000_000
"""More requests at once than anybody makes."""


class _Stub:
    """The answers, by request, and the counts."""

    def __init__(self, delay: float, slots: int) -> None:
        self._delay = delay
        self._slots = slots
        self._waiting: deque[Callable[[], None]] = deque()
        self.calls = 0
        self.at_once = 0
        self.most_at_once = 0
        self.last_token = 0.0
        self._answers: dict[bytes, bytes] = {}

    def answer(self, body: bytes) -> bytes:
        """The whole response to a chat request."""
        known = self._answers.get(body)
        if known is None:
            known = self._answers[body] = _response(body)
        return known

    def work(self, then: Callable[[], None]) -> None:
        """Take the time that an answer takes, after those who came before, and then do this."""
        self.calls += 1
        if self.at_once == self._slots:
            self._waiting.append(then)
        else:
            self._begin(then)

    def _begin(self, then: Callable[[], None]) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._end, then)
        else:
            self._end(then)

    def _end(self, then: Callable[[], None]) -> None:
        self.at_once -= 1
        self.last_token = time.time()
        then()
        if self._waiting:
            self._begin(self._waiting.popleft())

    def stats(self) -> bytes:
        """The response to GET /stats."""
        figures = {name: getattr(self, name) for name in ("calls", "most_at_once", "last_token")}
        return _http(json.dumps(figures).encode())


class _Connection(asyncio.Protocol):
    """Requests of one client, one after the other."""

    def __init__(self, stub: _Stub) -> None:
        self._stub = stub
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        found = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
        length = int(found[1]) if found else 0
        if len(rest) < length:
            return
        body, self._received = rest[:length], rest[length:]
        self._take(head, body)

    def _take(self, head: bytes, body: bytes) -> None:
        stub = self._stub
        if not head.startswith(b"POST"):
            self._transport.write(stub.stats() if b" /stats " in head else _http(b'{"version": "0"}'))
            return
        answered = stub.answer(body)
        stub.work(lambda: self._transport.write(answered))


def _response(body: bytes) -> bytes:
    request = json.loads(body)
    system = request["messages"][0]["content"]
    said = SAID if system == ASKED else answer(msgspec.json.decode(body, type=ChatRequest).prompt())
    if not request.get("stream", True):
        return _http(json.dumps({"message": {"role": "assistant", "content": said}, "done": True}).encode())
    lines = [_line(piece, done=False) for piece in re.findall(r"\S+\s*|\s+", said)]
    return _http(b"".join([*lines, _line("", done=True)]), b"application/x-ndjson")


def _line(content: str, *, done: bool) -> bytes:
    line = {"model": "stub", "message": {"role": "assistant", "content": content}, "done": done}
    return json.dumps(line).encode() + b"\n"


def _http(body: bytes, kind: bytes = b"application/json") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
    return head + body


@dataclass(frozen=True, slots=True)
class ModelStub:
    """A stub that runs."""

    url: str
    pid: int

    def stats(self) -> dict[str, float]:
        """What GET /stats says."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=5) as answered:  # noqa: S310 - our own server
            figures: dict[str, float] = json.load(answered)
        return figures


@contextmanager
def running_stub(delay: float = 0.0, slots: int = UNLIMITED) -> Iterator[ModelStub]:
    """A stub in a process of its own, until the block ends."""
    command = [sys.executable, "-m", "tests.benchmarks.model_stub"]
    command += ["--delay", str(delay), "--slots", str(slots)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield ModelStub(process.stdout.readline().split()[-1], process.pid)
        finally:
            process.kill()


async def _serve(delay: float, slots: int) -> None:
    stub = _Stub(delay, slots)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(stub), "127.0.0.1", 0)
    print(f"model stub is ready at http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A language model that costs next to nothing.")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--slots", type=int, default=UNLIMITED)
    asked = parser.parse_args()
    asyncio.run(_serve(asked.delay, asked.slots))
