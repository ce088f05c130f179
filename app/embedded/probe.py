"""Checks from outside: whether a port is free, what a URL answers, whether the language model can be used."""

import errno
import http.client
import json
import socket
from urllib.parse import urlsplit

from app.embedded.folders import EmbeddedError
from app.settings import LlmSettings

HTTP_TIMEOUT_SECONDS = 2.0


def choose_port(wanted: str) -> int:
    """The wanted port, or any free port when that is 0.

    Raises EmbeddedError when it is not a port number, is taken, or may not be opened by this user.
    """
    try:
        number = int(wanted)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", number))
            return int(listener.getsockname()[1])
    except (ValueError, OverflowError) as fault:
        raise EmbeddedError(f"PORT must be a number from 1 to 65535, not {wanted!r}.") from fault
    except OSError as fault:
        why = "is taken by another program" if fault.errno == errno.EADDRINUSE else f"({fault.strerror})"
        raise EmbeddedError(
            f"Port {wanted} {why}. Stop that program, or choose another port: PORT=8001 make up"
        ) from fault


def get(url: str) -> tuple[int, bytes]:
    """Status and body of a GET; (0, b"") without an answer within HTTP_TIMEOUT_SECONDS."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=HTTP_TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def model_trouble(llm: LlmSettings) -> str:
    """Why no address of `llm` can be used, as the end of a sentence. Empty when one can be used."""
    troubles = [_trouble_at(url, llm) for url in llm.base_urls]
    return "" if "" in troubles else troubles[0]


def _trouble_at(url: str, llm: LlmSettings) -> str:
    if llm.provider == "openai":
        status, _ = get(f"{url}/v1/models")
        return "" if status else f"no language model answers at {url}"
    status, body = get(f"{url}/api/tags")  # docs.ollama.com/api/tags
    if status != http.client.OK:
        return f"no Ollama answers at {url}"
    try:
        names = {model["name"] for model in json.loads(body)["models"]}
    except (ValueError, KeyError, TypeError):
        return f"no Ollama answers at {url}"
    if llm.model in names or f"{llm.model}:latest" in names:
        return ""
    return f"Ollama at {url} has no model {llm.model} (get it with: ollama pull {llm.model})"
