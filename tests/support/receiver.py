"""Receivers of webhooks over real HTTP: well, slow, broken, redirecting, endless; they note what came in."""

import asyncio
import contextlib
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

Behaviour = Literal[
    "well", "slow", "silent", "broken", "rubbish", "redirect", "endless", "drip", "500", "410"
]

ANSWERS: dict[str, bytes] = {
    "well": b"HTTP/1.1 204 No Content\r\n\r\n",
    "broken": b"",
    "rubbish": b"this is no HTTP\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nSet-Cookie: a=b\r\n\r\n",
    "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nOops",
    "410": b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
}
OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Got:
    """One request, headers in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body read."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """Answers each request by the first of `following`, else by `behaviour`. `go` lets slow ones answer."""

    port: int = 0
    behaviour: Behaviour = "well"
    following: deque[Behaviour] = field(default_factory=deque)
    got: list[Got] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)
    elsewhere: str = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The webhook-id of each request, in order."""
        return [one.headers["webhook-id"] for one in self.got]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        self.connections += 1
        self.open += 1
        try:
            self.got.append(await _read(reader))
            await self._answer(self.following.popleft() if self.following else self.behaviour, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, behaviour: Behaviour, writer: asyncio.StreamWriter) -> None:
        if behaviour in {"slow", "silent"}:
            await self.go.wait()
            behaviour = "well"
        if behaviour in {"endless", "drip"}:
            writer.write(OPEN)
            while not writer.is_closing():
                writer.write(b"x" * (65536 if behaviour == "endless" else 1))
                await writer.drain()
                await asyncio.sleep(0 if behaviour == "endless" else 0.05)
            return
        writer.write(ANSWERS[behaviour].replace(b"{elsewhere}", self.elsewhere.encode()))
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(head[0].split(" ")[1], headers, body)


@contextlib.asynccontextmanager
async def receiving(
    behaviour: Behaviour = "well", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver on a free port of loopback."""
    receiver = Receiver(behaviour=behaviour)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.go.set()
        server.close()
        await asyncio.sleep(0)
