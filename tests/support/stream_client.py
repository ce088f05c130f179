"""Thousands of viewers of event streams, as one process of their own that only counts what comes.

`async with viewers(url) as crowd` starts it; `crowd.open(paths, token)` opens a stream for each path.
"""

import asyncio
import json
import re
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
AT_ONCE = 100
"""Streams that are being opened at the same time."""

BEGUN = b"\r\n\r\n"
NUMBERED = re.compile(rb"id: (\d+)\r\nevent: (?:job|patch)\r\n")


def allow_files(count: int) -> int:
    """Let this process open that many files, as far as the system lets it; returns how many it may now.

    Processes that it starts may open as many.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, count if hard == resource.RLIM_INFINITY else min(count, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


@dataclass(frozen=True, slots=True)
class Delivered:
    """How long events took from being published to being read, in seconds, over all viewers."""

    count: int
    p50: float
    p99: float
    worst: float


class Viewers:
    """The side that commands. Every answer of the process is a line of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    async def open(self, paths: Sequence[str], token: str) -> float:
        """Open a stream for each path and wait until all have begun; returns the seconds that took.

        Raises AssertionError when one was refused.
        """
        answer = await self._ask({"do": "open", "paths": list(paths), "token": token})
        assert not answer["refused"], answer["refused"]
        return float(answer["seconds"])

    async def arrived(self) -> dict[int, int]:
        """How often each `id:` (a job's seq) has come in so far."""
        return {int(seq): count for seq, count in (await self._ask({"do": "arrived"})).items()}

    async def delivered(self, published: Mapping[int, float]) -> Delivered:
        """Of these events, by seq the moment they were published (time.time())."""
        return Delivered(**await self._ask({"do": "delivered", "published": published}))

    async def count(self) -> int:
        """How many streams are open now."""
        return int((await self._ask({"do": "count"}))["open"])

    async def close(self) -> None:
        """Close every stream from this side, and forget what came."""
        await self._ask({"do": "close"})

    async def _ask(self, command: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, "the viewers' process has ended"
        return dict(json.loads(line))


@asynccontextmanager
async def viewers(url: str) -> AsyncIterator[Viewers]:
    """The process; ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.stream_client", url),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    try:
        yield Viewers(process)
    finally:
        process.kill()
        await process.wait()


class _Stream(asyncio.Protocol):
    """One viewer. Events are told apart by their `id:` line; no other byte is looked at."""

    def __init__(self, crowd: "_Crowd", request: bytes) -> None:
        self._crowd = crowd
        self._request = request
        self._rest = b""
        self.begun: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        whole, separator, self._rest = data.rpartition(BEGUN)
        if separator and not self.begun.done():
            self._begin(whole)
        now = time.time()
        for found in NUMBERED.finditer(whole):
            self._crowd.came.append((int(found[1]), now))

    def _begin(self, head: bytes) -> None:
        status = head.split(b"\r\n", 1)[0]
        if b" 200 " not in status:
            self.begun.set_result(status)
        elif b"event: " in head:
            self._crowd.streams.add(self)
            self.begun.set_result(None)
        else:
            self._rest = head + BEGUN + self._rest

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.streams.discard(self)
        if not self.begun.done():
            self.begun.set_result(b"closed before the first event")


class _Crowd:
    """What the process does on command."""

    def __init__(self, url: str) -> None:
        self._where = urlsplit(url)
        self.streams: set[_Stream] = set()
        self.came: list[tuple[int, float]] = []

    async def do(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        if command["do"] == "open":
            return await self._open(command["paths"], command["token"])
        if command["do"] == "arrived":
            counts: dict[int, int] = {}
            for seq, _ in self.came:
                counts[seq] = counts.get(seq, 0) + 1
            return {str(seq): count for seq, count in counts.items()}
        if command["do"] == "delivered":
            return self._delivered({int(seq): at for seq, at in command["published"].items()})
        if command["do"] == "close":
            for stream in list(self.streams):
                stream.transport.abort()
            self.came.clear()
        return {"open": len(self.streams)}

    async def _open(self, paths: Sequence[str], token: str) -> Mapping[str, Any]:
        loop = asyncio.get_running_loop()
        gate, where = asyncio.Semaphore(AT_ONCE), self._where
        headers = f"Host: {where.netloc}\r\nAuthorization: Bearer {token}"

        async def one(path: str) -> bytes | None:
            request = f"GET {path} HTTP/1.1\r\n{headers}\r\n\r\n".encode()
            async with gate:
                _, stream = await loop.create_connection(
                    lambda: _Stream(self, request), where.hostname or "", where.port or 80
                )
                return await stream.begun

        began = time.perf_counter()
        answers = await asyncio.gather(*(one(path) for path in paths))
        refused = sorted({answer.decode() for answer in answers if answer is not None})
        return {"seconds": time.perf_counter() - began, "refused": refused}

    def _delivered(self, published: Mapping[int, float]) -> Mapping[str, Any]:
        took = sorted(at - published[seq] for seq, at in self.came if seq in published)
        if not took:
            return {"count": 0, "p50": 0.0, "p99": 0.0, "worst": 0.0}
        p99 = took[min(len(took) - 1, int(len(took) * 0.99))]
        return {"count": len(took), "p50": statistics.median(took), "p99": p99, "worst": took[-1]}


async def _serve(url: str) -> None:
    allow_files(1 << 17)
    reader = asyncio.StreamReader(limit=1 << 26)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    crowd = _Crowd(url)
    while line := await reader.readline():
        sys.stdout.write(json.dumps(await crowd.do(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
