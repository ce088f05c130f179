"""A scripted language model over real HTTP, for tests: speaks both protocols, fails as it is told to.

In a test:      async with ModelServer() as model: model.script = cut(after=100)
In a thread:    with ModelServer.in_thread() as model: ...
As a process:   python -m tests.support.model_server --port N, then POST /control, GET /control/stats or, for
                the three numbers alone, /control/counts.
"""

import argparse
import asyncio
import re
import threading
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Self, get_args

import msgspec

from app.text.types import Prompt
from tests.support.model_scripts import Script, well
from tests.support.model_wire import (
    Body,
    as_json,
    message_line,
    read_request,
    response,
    response_head,
    split_into_pieces,
)
from tests.support.plain_model import answer, asked

State = Literal["open", "finished", "left"]
Asked = Literal["extract", "judge_points", "write", "judge_sentences", "other"]


class Call(msgspec.Struct):
    """One prompt that came in. `left`: the client closed the stream before its end."""

    path: str
    body: Body
    headers: dict[str, str]
    """With names in lower case."""
    state: State = "open"
    began: float = msgspec.field(default_factory=time.time)
    ended: float | None = None
    """Seconds of the wall clock, which processes of one machine share."""

    @property
    def prompt(self) -> Prompt:
        """What was asked, as the model read it."""
        said = {message["role"]: message["content"] for message in self.body.messages}
        schema = self.body.format or self.body.response_format.json_schema.schema
        return Prompt(said.get("system", ""), said.get("user", ""), version="", schema=schema)

    @property
    def mark(self) -> re.Match[str] | None:
        """A number in the comments by which a test knows whose call it is; answers hold it too."""
        return re.search(r"bij opdracht (\d+)", self.prompt.user)

    @property
    def asked(self) -> Asked:
        """Which of the four calls it was."""
        return asked(self.prompt)


class Control(msgspec.Struct, forbid_unknown_fields=True):
    """What POST /control may change; what it leaves out stays."""

    script: Script | None = None
    scripts: dict[Asked, Script] | None = None
    following: list[Script] | None = None
    release: bool = False


class ModelServer:
    """Answers each call by the first that applies: `following` (once each), `scripts[kind]`, `script`."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.script = well()
        self.play: Callable[[Prompt], str] | None = None
        """A model that is played: what it says when no script says otherwise."""
        self.scripts: dict[Asked, Script] = {}
        self.following: deque[Script] = deque()
        self.calls: list[Call] = []
        self._released = asyncio.Event()
        self._listener: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[object], asyncio.StreamWriter] = {}

    # What a test looks at and changes.

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    def count(self, state: State | None = None, kind: Asked | None = None) -> int:
        """How many calls there were, of a state or of a kind of prompt."""
        chosen = [one for one in self.calls if state in {None, one.state} and kind in {None, one.asked}]
        return len(chosen)

    def release(self) -> None:
        """Let the calls go on that a `hold` script stopped, and those to come."""
        self._released.set()

    async def start(self) -> None:
        """Listen, on the same port as before after a `stop`."""
        self._listener = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections from now on, as a model that is down."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop, and end what is under way."""
        await self.stop()
        for writer in self._connections.values():
            writer.transport.abort()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @classmethod
    @contextmanager
    def in_thread(cls) -> Iterator[Self]:
        """For tests that block: the server runs on a loop of its own. Set scripts before the call."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        server = cls()
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.aclose(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)

    # HTTP, one request per connection.

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            method, path, headers, body = await read_request(reader)
            if method == "POST" and path in {"/api/chat", "/v1/chat/completions"}:
                call = Call(path=path, body=msgspec.json.decode(body, type=Body), headers=headers)
                await self._prompt(call, reader, writer)
            elif path.startswith("/control"):
                writer.write(self._control(method, path, body))
            elif path in {"/api/version", "/api/tags", "/v1/models"}:
                writer.write(response(200, as_json({"version": "0.0.0", "models": [], "data": []})))
            else:
                writer.write(response(404, as_json({"error": "unknown path"})))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client left; the call's state says so
        finally:
            writer.close()
            del self._connections[task]

    def _control(self, method: str, path: str, body: bytes) -> bytes:
        if method == "POST":
            try:
                change = msgspec.json.decode(body, type=Control)
            except msgspec.ValidationError as fault:
                return response(400, as_json({"error": str(fault)}))
            self.script = change.script or self.script
            self.scripts = self.scripts if change.scripts is None else change.scripts
            self.following = self.following if change.following is None else deque(change.following)
            if change.release:
                self.release()
        states = Counter(call.state for call in self.calls)
        counts = {state: states[state] for state in get_args(State)}
        if path == "/control/counts":
            return response(200, as_json(counts))
        return response(200, as_json({"calls": [_call_facts(call) for call in self.calls], **counts}))

    async def _prompt(self, call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one prompt by its script, and stop when the client closes the connection."""
        self.calls.append(call)
        script = self._script_for(call)
        sending = asyncio.create_task(self._send(script, call, writer))
        leaving = asyncio.create_task(reader.read(1))
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        call.state = "finished" if sending.done() and not sending.exception() else "left"
        call.ended = time.time()
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)

    def _script_for(self, call: Call) -> Script:
        if self.following:
            return self.following.popleft()
        return self.scripts.get(call.asked, self.script)

    async def _send(self, script: Script, call: Call, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(script.first_delay)
        if script.status != 200 or script.page is not None:
            kind = "application/json" if script.page is None else "text/html"
            page = (script.page or '{"error": "scripted"}').encode()
            writer.write(response(script.status, page, kind, script.headers))
            await writer.drain()
            return
        left = script.cut_after if script.cut_after is not None else float("inf")
        writer.write(response_head(200, "application/x-ndjson", {"Transfer-Encoding": "chunked"}))
        async for line in self._lines(script, call):
            data = line[: int(min(left, len(line)))]
            for start in range(0, len(data), script.chunk_bytes):
                part = data[start : start + script.chunk_bytes]
                await asyncio.sleep(script.chunk_delay)
                writer.write(b"%x\r\n%s\r\n" % (len(part), part))
            await writer.drain()
            left -= len(data)
            if left <= 0:
                return  # no last chunk: the connection just ends
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _lines(self, script: Script, call: Call) -> AsyncIterator[bytes]:
        """The protocol's lines of an answer, with the pauses and faults of its script."""
        ollama = call.path == "/api/chat"
        for number, piece in enumerate(split_into_pieces(_text(script, call, self.play or answer))):
            if script.error_after == number:
                yield b'{"error": "runner died"}\n' if ollama else b'data: {"error": {}}\n\n'
                return
            if script.hold_after == number:
                await self._released.wait()
            await asyncio.sleep(script.piece_delay)
            yield message_line(ollama, {"content": piece}, None)
        if script.finish:
            yield message_line(ollama, {"content": ""}, script.finish)


def _call_facts(call: Call) -> dict[str, object]:
    return {
        "asked": call.asked,
        "state": call.state,
        "began": call.began,
        "ended": call.ended,
        "mark": call.mark and int(call.mark[1]),
    }


def _text(script: Script, call: Call, said: Callable[[Prompt], str]) -> str:
    for part, text in script.replies.items():
        if part in call.prompt.user:
            return text
    return said(call.prompt) if script.text is None else script.text


async def _serve(port: int) -> None:
    async with ModelServer(port) as server:
        print(f"scripted model is ready at {server.url}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A scripted language model for tests.")
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(_serve(parser.parse_args().port))
