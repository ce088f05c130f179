"""Connections to the model: kept after a complete answer, and replaced when the server has dropped one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.http import make_client
from app.llm import make_model
from app.settings import LlmSettings
from app.text.types import Prompt

LINE = json.dumps({"message": {"content": "Goed gedaan."}, "done": True}).encode() + b"\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n" % len(LINE)


class KeepingServer:
    """A server that keeps connections, and breaks them for the next `drops` requests."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests = 0
        self.drops = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            await reader.readexactly(length)
            self.requests += 1
            if self.drops:
                self.drops -= 1
                break
            writer.write(ANSWER + LINE)
        writer.close()


@asynccontextmanager
async def running() -> AsyncIterator[KeepingServer]:
    keeping = KeepingServer()
    server = await asyncio.start_server(keeping.serve, "127.0.0.1", 0)
    keeping.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield keeping
    server.close()


async def test_a_connection_is_kept_after_a_complete_answer() -> None:
    async with running() as server, make_client() as client:
        model = make_model(LlmSettings("ollama", (server.url,), "kept"), client)
        for _ in range(3):
            assert await model.complete(Prompt("Vat samen.", "Goed.", version="")) == "Goed gedaan."
        assert (server.connections, server.requests) == (1, 3)


async def test_a_dropped_connection_is_replaced_within_the_call() -> None:
    async with running() as server, make_client() as client:
        model = make_model(LlmSettings("ollama", (server.url,), "kept"), client)
        await model.complete(Prompt("Vat samen.", "Goed.", version=""))
        server.drops = 1
        assert await model.complete(Prompt("Vat samen.", "Goed.", version="")) == "Goed gedaan."
        assert (server.connections, server.requests) == (2, 3)
