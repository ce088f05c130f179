"""A crowd of viewers in a process of its own: `python -m tests.soak.crowd`, told by lines what to do.

The first line of its input is a `Venue` in JSON; then a command a line: `open`, `drop N`, `mute N PATH`,
`wait`. Each is answered by a line of JSON, `Seen`, when it is done. A viewer does as a browser's EventSource:
it comes back by itself, at a random moment, and says with Last-Event-ID what it heard last.
"""

import asyncio
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import msgspec

from tests.support.eventually import eventually

AT_ONCE = 32
"""Connections that are being opened at the same moment."""
SEAT_TIMEOUT_SECONDS = 5.0
COMMAND_TIMEOUT_SECONDS = 600.0
BACK_AFTER = (0.02, 2.0)


class Venue(msgspec.Struct, frozen=True):
    """What is watched: viewer n watches path n modulo their number."""

    port: int
    token: str
    paths: list[str]
    viewers: int


class Seen(msgspec.Struct):
    """What the crowd knows so far."""

    watching: int
    ended: int
    finals: dict[str, dict[str, int]]
    """Path → last status → viewers."""
    backwards: int
    """Times that a viewer was told less progress, or an older state, than before."""
    refused: int
    returns: int
    ended_at: dict[str, list[float]]
    """Path → when each of its viewers knew the end, in Unix time."""


class _State(msgspec.Struct):
    status: str
    progress: int
    started_at: str | None = None


class _Shown(msgspec.Struct):
    seq: int
    state: _State


_decode = msgspec.json.Decoder(_Shown).decode


class Viewer(asyncio.Protocol):
    """One viewer of one path, over all its connections."""

    def __init__(self, crowd: "Crowd", path: str) -> None:
        self.path = path
        self.last: _Shown | None = None
        self.fresh = False
        """Whether this connection has told anything yet."""
        self.seated = asyncio.Event()
        """Set when it has, or is gone again."""
        self.ended_at = 0.0
        self.transport: asyncio.Transport | None = None
        self._crowd = crowd
        self._rest = b""
        self._name = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self._rest, self.fresh = transport, b"", False
        self.seated.clear()
        heard = f"Last-Event-ID: {self.last.seq}\r\n" if self.last else ""
        transport.write(self._crowd.request(self.path, heard))

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            if line.startswith(b"HTTP/1.1 ") and not line.startswith(b"HTTP/1.1 200"):
                self._crowd.refused += 1
            elif line.startswith(b"event: "):
                self._name = line[7:]
                if self._name == b"end":
                    self.ended_at = self.ended_at or time.time()
            elif line.startswith(b"data: ") and self._name == b"job":
                self._hear(_decode(line[6:]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport, self.fresh = None, False
        self.seated.set()
        if not self.ended_at:
            self._crowd.returns += 1
            asyncio.get_running_loop().call_later(random.uniform(*BACK_AFTER), self._crowd.let_in, self)

    def _hear(self, shown: _Shown) -> None:
        self.fresh = True
        self.seated.set()
        before, self.last = self.last, shown
        if before is None:
            return
        same_run = shown.state.started_at == before.state.started_at
        if shown.seq < before.seq or (same_run and shown.state.progress < before.state.progress):
            self._crowd.backwards += 1


class Crowd:
    """All viewers, and what is done with them."""

    def __init__(self, venue: Venue) -> None:
        self.refused = self.backwards = self.returns = 0
        self._venue = venue
        self._viewers: list[Viewer] = []
        self._mute: list[socket.socket] = []
        self._doors = asyncio.Semaphore(AT_ONCE)
        self._entering: set[asyncio.Task[None]] = set()

    def request(self, path: str, more: str = "") -> bytes:
        """The head of a viewer's request."""
        login = f"Authorization: Bearer {self._venue.token}\r\n"
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{login}{more}\r\n".encode()

    def let_in(self, viewer: Viewer) -> None:
        """Connect a viewer when it is its turn."""
        task = asyncio.create_task(self._enter(viewer))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    async def _enter(self, viewer: Viewer) -> None:
        loop = asyncio.get_running_loop()
        async with self._doors:
            try:
                await loop.create_connection(lambda: viewer, "127.0.0.1", self._venue.port)
            except OSError:
                loop.call_later(random.uniform(*BACK_AFTER), self.let_in, viewer)
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(SEAT_TIMEOUT_SECONDS):
                    await viewer.seated.wait()

    async def obey(self, command: str) -> Seen:
        """Do what a line says."""
        match command.split():
            case ["open"]:
                paths = self._venue.paths
                self._viewers = [Viewer(self, paths[n % len(paths)]) for n in range(self._venue.viewers)]
                for viewer in self._viewers:
                    self.let_in(viewer)
                await self._until(lambda: all(one.fresh or one.ended_at for one in self._viewers))
            case ["drop", count]:
                there = [one for one in self._viewers if one.transport and not one.ended_at]
                for viewer in random.sample(there, min(int(count), len(there))):
                    if viewer.transport is not None:
                        viewer.transport.abort()
            case ["mute", count, path]:
                self._mute += [self._mute_one(path) for _ in range(int(count))]
            case ["wait"]:
                await self._until(lambda: all(one.ended_at for one in self._viewers))
                for one in self._mute:
                    one.close()
        return self._seen()

    def _mute_one(self, path: str) -> socket.socket:
        """A connection that asks and never reads, with as little room on its side as there may be."""
        mute = socket.socket()
        mute.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        mute.connect(("127.0.0.1", self._venue.port))
        mute.sendall(self.request(path))
        return mute

    async def _until(self, so: Callable[[], bool]) -> None:
        with suppress(AssertionError):  # the parent sees from the numbers that it is not so
            await eventually(so, COMMAND_TIMEOUT_SECONDS)

    def _seen(self) -> Seen:
        finals: dict[str, Counter[str]] = {path: Counter() for path in self._venue.paths}
        ended_at: dict[str, list[float]] = {path: [] for path in self._venue.paths}
        for one in self._viewers:
            finals[one.path][one.last.state.status if one.last else "nothing"] += 1
            if one.ended_at:
                ended_at[one.path].append(one.ended_at)
        return Seen(
            watching=sum(one.fresh for one in self._viewers),
            ended=sum(one.ended_at > 0 for one in self._viewers),
            finals={path: dict(count) for path, count in finals.items()},
            backwards=self.backwards,
            refused=self.refused,
            returns=self.returns,
            ended_at=ended_at,
        )


async def _main() -> None:
    """One command after the other, until the input ends."""
    crowd = Crowd(msgspec.json.decode(sys.stdin.readline(), type=Venue))
    while line := await asyncio.to_thread(sys.stdin.readline):
        seen = await crowd.obey(line)
        sys.stdout.write(msgspec.json.encode(seen).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main())
