"""Both protocols of model servers as the scripted one speaks them: requests, answers and their pieces."""

import asyncio
import json

import msgspec


class _JsonSchema(msgspec.Struct):
    schema: dict[str, object] | None = None


class _ResponseFormat(msgspec.Struct):
    json_schema: _JsonSchema = msgspec.field(default_factory=_JsonSchema)


class Body(msgspec.Struct):
    """A chat request of either protocol; what it lacks has its default."""

    model: str
    messages: list[dict[str, str]]
    stream: bool
    format: dict[str, object] | None = None
    response_format: _ResponseFormat = msgspec.field(default_factory=_ResponseFormat)
    keep_alive: str | None = None
    options: dict[str, float] = {}
    temperature: float | None = None
    max_tokens: int | None = None


def split_into_pieces(text: str) -> list[str]:
    """Roughly a model's tokens: words with the space or line break behind them; never none."""
    words = text.replace("\n", "\n\0").replace(" ", " \0").split("\0")
    return [word for word in words if word] or [""]


def message_line(ollama: bool, message: dict[str, str], finish: str | None) -> bytes:
    """A piece of an answer as Ollama or an OpenAI-compatible server sends it; `finish` ends the answer."""
    if ollama:
        reason = {"done_reason": finish} if finish else {}
        return as_json({"message": {"role": "assistant", **message}, "done": bool(finish), **reason}) + b"\n"
    end = b"data: [DONE]\n\n" if finish else b""
    return b"data: " + as_json({"choices": [{"delta": message, "finish_reason": finish}]}) + b"\n\n" + end


def as_json(value: object) -> bytes:
    """The value as UTF-8."""
    return json.dumps(value).encode()


def response_head(status: int, content_type: str, headers: dict[str, str]) -> bytes:
    """Status line and headers of an answer on a connection that closes after it."""
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {content_type}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def response(
    status: int, body: bytes, content_type: str = "application/json", headers: dict[str, str] | None = None
) -> bytes:
    """A whole answer."""
    return response_head(status, content_type, {"Content-Length": str(len(body)), **(headers or {})}) + body


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes]:
    """Method, path, headers with names in lower case, and body of a request."""
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return method, path, headers, body
