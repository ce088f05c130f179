"""The demo model: a small server that speaks Ollama's streaming protocol, as a process of its own.

It shows the whole live path on a laptop without a language model: `demo_writer` says what the rule-based
writer would say, and this server lets it out at reading speed.
Run it with `python -m app.embedded.demo_model --port N`; port 0 takes a free one. It listens on loopback
only, prints one ready line, and ends at once on SIGTERM or SIGINT.
"""

import argparse
import asyncio
import json
import re
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import uvicorn

from app.embedded.demo_writer import answer
from app.settings import DEMO_MODEL
from app.text.types import Prompt

WORDS_PER_SECOND = 25.0
"""A summary of six sentences then takes some eight seconds: slow enough to watch, fast enough to wait for."""
MAX_BODY_BYTES = 1024 * 1024
VERSION = "0.0.0-terugblik"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class _Message(msgspec.Struct):
    role: str
    content: str


class ChatRequest(msgspec.Struct):
    """The part of a POST /api/chat that the demo model looks at."""

    messages: list[_Message]
    stream: bool = True
    format: dict[str, object] | None = None

    def prompt(self) -> Prompt:
        """The prompt as it was before it was put on the wire."""
        said = {message.role: message.content for message in self.messages}
        return Prompt(said.get("system", ""), said.get("user", ""), version="", schema=self.format)


def make_app(words_per_second: float = WORDS_PER_SECOND) -> Asgi:
    """The ASGI application; `words_per_second` may be infinite."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/api/chat" and scope["method"] == "POST":
            await _chat(receive, send, 1 / words_per_second)
        elif (about := _about(scope["path"])) is not None:
            await _send_json(send, 200, about)
        else:
            await _send_json(
                send, 404, {"error": "The demo model only knows /api/chat, tags, show and version."}
            )

    return app


def _about(path: str) -> dict[str, object] | None:
    """What Ollama answers about itself and its models, as far as clients look at it."""
    details = {"family": DEMO_MODEL, "parameter_size": "0", "format": "rules", "quantization_level": "none"}
    model = {"name": DEMO_MODEL, "model": DEMO_MODEL, "size": 0, "details": details}
    known: dict[str, dict[str, object]] = {
        "/api/version": {"version": VERSION},
        "/api/tags": {"models": [model]},
        "/api/show": {"details": details, "capabilities": ["completion"]},
    }
    return known.get(path)


async def _chat(receive: Receive, send: Send, pause: float) -> None:
    try:
        request = msgspec.json.decode(await _body(receive), type=ChatRequest)
    except (msgspec.DecodeError, ValueError):
        await _send_json(send, 400, {"error": "A chat needs messages, of at most 1 MB."})
        return
    text = answer(request.prompt())
    if not request.stream:
        await _send_json(send, 200, _line(text, done=True))
        return
    # The stream and the client's leaving race: whichever is first ends the other.
    racers = (asyncio.create_task(_stream(send, text, pause)), asyncio.create_task(_left(receive)))
    try:
        await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for racer in racers:
            racer.cancel()


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise ValueError("too large")
        if not message.get("more_body", False):
            return bytes(body)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stream(send: Send, text: str, pause: float) -> None:
    await _start(send, 200, b"application/x-ndjson")
    for piece in re.findall(r"\S+\s*|\s+", text):
        await asyncio.sleep(pause)
        line = json.dumps(_line(piece, done=False)).encode() + b"\n"
        await send({"type": "http.response.body", "body": line, "more_body": True})
    last = json.dumps(_line("", done=True)).encode() + b"\n"
    await send({"type": "http.response.body", "body": last})


def _line(content: str, *, done: bool) -> dict[str, object]:
    ending = {"done_reason": "stop"} if done else {}
    return {
        "model": DEMO_MODEL,
        "message": {"role": "assistant", "content": content},
        "done": done,
        **ending,
    }


async def _send_json(send: Send, status: int, value: dict[str, object]) -> None:
    await _start(send, status, b"application/json")
    await send({"type": "http.response.body", "body": json.dumps(value).encode()})


async def _start(send: Send, status: int, content_type: bytes) -> None:
    headers = [(b"content-type", content_type)]
    await send({"type": "http.response.start", "status": status, "headers": headers})


def serve(port: int = 0, words_per_second: float = WORDS_PER_SECOND) -> None:
    """Listen on 127.0.0.1 and answer until SIGTERM or SIGINT, which drop what is under way at once.

    Raises OSError when the port is taken.
    """
    listener = socket.create_server(("127.0.0.1", port))
    print(f"demo model is ready at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        make_app(words_per_second), log_level="critical", timeout_graceful_shutdown=0, lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The demo model of Terugblik.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--words-per-second", type=float, default=WORDS_PER_SECOND)
    arguments = parser.parse_args()
    try:
        serve(arguments.port, arguments.words_per_second)
    except OSError:
        sys.exit(f"Port {arguments.port} is taken. Give the demo model another one with --port.")
