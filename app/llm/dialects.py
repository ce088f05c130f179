"""The two protocols of model servers: what to send, and what a line of the answer means."""

import math
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from app.settings import LlmSettings
from app.text.model import ModelFault
from app.text.types import Prompt

T = TypeVar("T")

CHARS_PER_TOKEN = 3
"""Dutch text has three to four characters per token. The low end makes sure that a prompt fits."""

TEMPERATURE = 0.2
"""Low, for faithful text. Above 0 and without a seed, so that a second try can differ from the first."""


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """What one line of an answer means. A model that thinks sends lines without text."""

    text: str = ""
    done: bool = False
    tokens: int | None = None
    """The tokens of the whole answer, if the server counts them."""


class Dialect(Protocol):
    """One wire protocol."""

    @property
    def chat_path(self) -> str:
        """The path to which a prompt is posted."""

    @property
    def probe_path(self) -> str:
        """The path of a cheap GET that shows whether the server answers."""

    def body(self, prompt: Prompt) -> dict[str, object]:
        """The JSON to post."""

    def read(self, line: bytes) -> AnswerStep | None:
        """The meaning of a stripped line; None for one without meaning. Raises ModelFault."""


class OllamaDialect:
    """Ollama's protocol: JSON lines (docs.ollama.com/api/chat)."""

    chat_path = "/api/chat"
    probe_path = "/api/version"

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings

    def body(self, prompt: Prompt) -> dict[str, object]:
        """`num_ctx` is always given: Ollama silently cuts a prompt that is longer than its default."""
        answer = answer_tokens(self._settings.context_chars)
        window = self._settings.context_chars / CHARS_PER_TOKEN + answer
        body: dict[str, object] = {
            "model": self._settings.model,
            "messages": _messages(prompt),
            "stream": True,
            "think": False,
            "keep_alive": self._settings.keep_alive,
            "options": {
                "num_ctx": math.ceil(window / 1024) * 1024,
                "num_predict": answer,
                "temperature": TEMPERATURE,
            },
        }
        if prompt.schema is not None:
            body["format"] = prompt.schema
        return body

    def read(self, line: bytes) -> AnswerStep | None:
        """A line is a JSON object; the last has `done`."""
        if not line:
            return None
        answer = _decode(line, _OllamaLine)
        if answer.error is not None:
            raise ModelFault("http_error")
        if answer.done_reason == "length":
            raise ModelFault("too_long")
        return AnswerStep(answer.message.content or "", answer.done, answer.eval_count)


class OpenAIDialect:
    """The chat completions of llama.cpp, vLLM and LM Studio, as server-sent events."""

    chat_path = "/v1/chat/completions"
    probe_path = "/v1/models"

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings

    def body(self, prompt: Prompt) -> dict[str, object]:
        """The server's settings decide the length of the context; a request decides that of the answer."""
        body: dict[str, object] = {
            "model": self._settings.model,
            "messages": _messages(prompt),
            "stream": True,
            "max_tokens": answer_tokens(self._settings.context_chars),
            "temperature": TEMPERATURE,
        }
        if prompt.schema is not None:
            schema = {"name": "answer", "schema": prompt.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body

    def read(self, line: bytes) -> AnswerStep | None:
        """A `data:` line has a delta or `[DONE]`. llama.cpp also sends `error:` lines."""
        if line.startswith(b"error:"):
            raise ModelFault("http_error")
        if line.startswith(b":") or not line or line.split(b":")[0] in {b"event", b"id", b"retry"}:
            return None
        if not line.startswith(b"data:"):
            raise ModelFault("not_json")
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            return AnswerStep(done=True)
        return _openai_step(_decode(data, _OpenAIChunk))


def answer_tokens(context_chars: int) -> int:
    """How long an answer may be. Statements are about half as long as the comments that they rest on."""
    return max(1024, context_chars // CHARS_PER_TOKEN // 2)


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]


def _openai_step(chunk: "_OpenAIChunk") -> AnswerStep:
    if chunk.error is not None:
        raise ModelFault("http_error")
    if not chunk.choices:
        return AnswerStep()  # vLLM ends with a chunk of token counts only
    choice = chunk.choices[0]
    if choice.finish_reason == "length":
        raise ModelFault("too_long")
    return AnswerStep(text=choice.delta.content or "", done=choice.finish_reason is not None)


def _decode(data: bytes, shape: type[T]) -> T:
    """Decode JSON. The cause of a fault is dropped, because a decoding error quotes the data."""
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ModelFault("not_json") from None


class _Content(msgspec.Struct):
    content: str | None = None


class _OllamaLine(msgspec.Struct):
    message: _Content = msgspec.field(default_factory=_Content)
    done: bool = False
    done_reason: str | None = None
    eval_count: int | None = None
    error: object = None


class _Choice(msgspec.Struct):
    delta: _Content = msgspec.field(default_factory=_Content)
    finish_reason: str | None = None


class _OpenAIChunk(msgspec.Struct):
    choices: list[_Choice] = []
    error: object = None
