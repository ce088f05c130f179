"""Ports, and the sentences about a language model that cannot be used."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.embedded.folders import EmbeddedError
from app.embedded.probe import choose_port, get, model_trouble
from app.settings import load

NEEDED = {"DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://r", "SECRET_KEY": "x" * 32}


class Ollama(BaseHTTPRequestHandler):
    """An Ollama with two models. Every path but /api/tags is answered with 404."""

    def do_GET(self) -> None:
        """GET /api/tags as Ollama answers it."""
        body = b"no"
        if self.path == "/api/tags":
            body = json.dumps({"models": [{"name": "llama3.1:8b"}, {"name": "geitje:latest"}]}).encode()
        self.send_response(200 if self.path == "/api/tags" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def ollama() -> Iterator[str]:
    """The address of a running `Ollama`."""
    server = HTTPServer(("127.0.0.1", 0), Ollama)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def trouble(**environ: str) -> str:
    return model_trouble(load(NEEDED | environ).llm)


def test_a_model_that_the_server_has_is_no_trouble(ollama: str) -> None:
    assert trouble(OLLAMA_BASE_URL=ollama) == ""
    assert trouble(OLLAMA_BASE_URL=ollama, OLLAMA_MODEL="geitje") == ""
    assert trouble(OLLAMA_BASE_URL=f"http://127.0.0.1:{choose_port('0')},{ollama}") == ""


def test_trouble_says_what_to_do(ollama: str) -> None:
    nobody = f"http://127.0.0.1:{choose_port('0')}"
    assert trouble(OLLAMA_BASE_URL=nobody) == f"no Ollama answers at {nobody}"
    assert trouble(OLLAMA_BASE_URL=f"{ollama}/proxy") == f"no Ollama answers at {ollama}/proxy"
    missing = trouble(OLLAMA_BASE_URL=ollama, OLLAMA_MODEL="qwen")
    assert missing == f"Ollama at {ollama} has no model qwen (get it with: ollama pull qwen)"
    openai = trouble(LLM_PROVIDER="openai", OLLAMA_BASE_URL=nobody)
    assert openai == f"no language model answers at {nobody}"


def test_an_openai_compatible_server_needs_only_to_answer(ollama: str) -> None:
    assert trouble(LLM_PROVIDER="openai", OLLAMA_BASE_URL=ollama, OLLAMA_MODEL="any") == ""


def test_an_answer_that_is_not_http_counts_as_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"\x00\x01\n" * 9))
        thread.start()
        assert get(f"http://127.0.0.1:{server.getsockname()[1]}/ready") == (0, b"")
        thread.join()


@pytest.mark.parametrize("wanted", ["web", "-1", "65536", "8000.5"])
def test_other_values_than_a_port_are_refused(wanted: str) -> None:
    with pytest.raises(EmbeddedError, match="PORT must be a number from 1 to 65535"):
        choose_port(wanted)


def test_a_free_port_is_returned_and_zero_means_any_port() -> None:
    port = choose_port("0")
    assert port > 0
    assert choose_port(str(port)) == port
