"""What the scripted model does with one call: answer well, say a given text, be slow, be cut, refuse."""

import json
from collections.abc import Mapping

import msgspec


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """How one call is answered; the functions below make the usual ones. Times are seconds."""

    text: str | None = None
    """What the model says; None: what plain_model.py says."""
    replies: dict[str, str] = {}
    """What it says instead when the prompt holds a text, by that text."""
    status: int = 200
    headers: dict[str, str] = {}
    page: str | None = None
    """A body sent as it is, as HTML, in place of the protocol."""
    first_delay: float = 0.0
    piece_delay: float = 0.0
    hold_after: int | None = None
    """Send so many pieces, then wait until the server's `release()` (or for ever)."""
    cut_after: int | None = None
    """Break the connection after so many bytes of the body."""
    error_after: int | None = None
    """Send so many pieces, then the protocol's error line."""
    chunk_bytes: int = 65536
    """Send the body in parts of so many bytes, in the middle of lines and letters too."""
    chunk_delay: float = 0.0
    """Pause before each of these parts."""
    finish: str = "stop"
    """Why the answer ends; `length` when the model was stopped, empty for no mark of the end at all."""


def well() -> Script:
    """Answer as plain_model.py does, at once."""
    return Script()


def say(text: str) -> Script:
    """Answer with this text, whatever was asked."""
    return Script(text=text)


def say_json(value: object) -> Script:
    """Answer with this value as JSON."""
    return Script(text=json.dumps(value, ensure_ascii=False))


def reply(replies: Mapping[str, str]) -> Script:
    """Answer by what stands in the prompt, and well where none of these texts does."""
    return Script(replies=dict(replies))


def slow_start(seconds: float) -> Script:
    """Answer well, after a silence; the headers wait too."""
    return Script(first_delay=seconds)


def drip(seconds: float) -> Script:
    """Answer well, with a pause before every piece."""
    return Script(piece_delay=seconds)


def trickle(seconds: float) -> Script:
    """Answer well, byte by byte with a pause before each: alive on the wire, and yet saying nothing."""
    return Script(chunk_bytes=1, chunk_delay=seconds)


def hold(after: int = 0, text: str | None = None) -> Script:
    """Send `after` pieces, then nothing until `release()`: a moment that a test can wait for."""
    return Script(hold_after=after, text=text)


def cut(after: int = 200) -> Script:
    """Break the connection after so many bytes."""
    return Script(cut_after=after)


def error_line(after: int = 1) -> Script:
    """Send an error within the stream, as a model server does whose runner dies."""
    return Script(error_after=after)


def status(code: int, retry_after: str | None = None) -> Script:
    """Answer with a status (404, 429, 500, 503) and a small JSON error."""
    return Script(status=code, headers={"Retry-After": retry_after} if retry_after is not None else {})


def html_page(code: int = 200) -> Script:
    """A proxy's error page."""
    return Script(status=code, page="<!doctype html><html><h1>502 Bad Gateway</h1></html>")


def refusal() -> Script:
    """A model that will not."""
    return say("I'm sorry, but as an AI language model I can't help with that request.")


def garbage() -> Script:
    """A model that lost the thread."""
    return say('}{ ## 1. **Samenvatting** [[[ lorem \n\n- ```json {"claims": ``` \n' * 3)
