"""The demo model as a process and in this one: Ollama's protocol, reading speed, a quick end."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import uvicorn

from app.core.http import make_client
from app.embedded.demo_model import Receive, Scope, Send, make_app
from app.llm import HttpModel, make_model
from app.settings import DEMO_MODEL, LlmSettings
from app.text.contract import extract_prompts
from app.text.types import Comment, Method
from tests.support.eventually import MAX_WAIT_SECONDS, eventually

COMMENTS = (
    Comment(1, "Je hebt de planning heel goed bijgehouden.", 1),
    Comment(2, "Was vaak te laat met inleveren.", 2),
)
PROMPT = extract_prompts(COMMENTS, "nl", 12_000)[0]


def model_at(url: str, client: httpx.AsyncClient) -> HttpModel:
    return make_model(LlmSettings("ollama", (url,), DEMO_MODEL), client)


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with make_client() as made:
        yield made


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """The demo model as the launcher runs it."""
    command = [sys.executable, "-m", "app.embedded.demo_model", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


def ready_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("demo model is ready at http://127.0.0.1:")
    return line.split()[-1]


async def test_the_process_answers_at_reading_speed_and_ends_at_once(
    process: subprocess.Popen[str], client: httpx.AsyncClient
) -> None:
    model = model_at(ready_url(process), client)
    assert await model.reachable()
    assert model.method is Method.DEMO
    started = time.monotonic()
    text = await model.complete(PROMPT)
    assert time.monotonic() - started > len(text.split()) / 50
    streams = [asyncio.create_task(model.complete(PROMPT)) for _ in range(3)]
    process.send_signal(signal.SIGTERM)
    await eventually(lambda: process.poll() is not None)
    assert process.returncode in {0, -signal.SIGTERM}
    await asyncio.gather(*streams, return_exceptions=True)


def test_a_taken_port_is_said(process: subprocess.Popen[str]) -> None:
    port = ready_url(process).rpartition(":")[2]
    command = [sys.executable, "-m", "app.embedded.demo_model", "--port", port]
    second = subprocess.run(command, capture_output=True, text=True, timeout=MAX_WAIT_SECONDS, check=False)
    assert second.returncode == 1
    assert f"Port {port} is taken" in second.stderr
    assert "Traceback" not in second.stderr


class Served:
    """The demo model in this process, which counts the requests that are under way."""

    def __init__(self, words_per_second: float) -> None:
        self.open = 0
        self._app = make_app(words_per_second)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._count,
                interface="asgi3",
                log_config=None,  # it would set levels for the whole process
                lifespan="off",
                timeout_graceful_shutdown=0,
            )
        )

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.open += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.open -= 1

    async def __aenter__(self) -> "Served":
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._task


async def test_a_client_that_leaves_stops_the_answer(client: httpx.AsyncClient) -> None:
    async with Served(words_per_second=0.001) as demo:
        asking = asyncio.create_task(model_at(demo.url, client).complete(PROMPT))
        await eventually(lambda: demo.open == 1)
        asking.cancel()
        await eventually(lambda: demo.open == 0)


async def test_many_at_once_get_the_same_answer(client: httpx.AsyncClient) -> None:
    async with Served(words_per_second=float("inf")) as demo:
        model = model_at(demo.url, client)
        answers = await asyncio.gather(*(model.complete(PROMPT) for _ in range(50)))
        assert len(set(answers)) == 1


async def test_it_tells_what_it_is(client: httpx.AsyncClient) -> None:
    async with Served(words_per_second=float("inf")) as demo:
        tags = (await client.get(f"{demo.url}/api/tags")).json()
        assert [model["name"] for model in tags["models"]] == [DEMO_MODEL]
        shown = (await client.post(f"{demo.url}/api/show", json={"model": DEMO_MODEL})).json()
        assert shown["capabilities"] == ["completion"]
        assert (await client.get(f"{demo.url}/api/version")).status_code == 200
        assert (await client.get(f"{demo.url}/nergens")).status_code == 404


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"messages": 1}', b'{"messages": []}' + b" " * 2_000_000]
)
async def test_a_wrong_request_is_refused_in_words(client: httpx.AsyncClient, body: bytes) -> None:
    async with Served(words_per_second=float("inf")) as demo:
        answer = await client.post(f"{demo.url}/api/chat", content=body)
        assert (answer.status_code, "messages" in answer.json()["error"]) == (400, True)


async def test_an_answer_in_one_piece_when_asked(client: httpx.AsyncClient) -> None:
    async with Served(words_per_second=0.001) as demo:
        body = {"stream": False, "messages": [{"role": "user", "content": "hallo"}]}
        answer = (await client.post(f"{demo.url}/api/chat", json=body)).json()
        assert answer["done"]
        assert answer["message"]["content"]
