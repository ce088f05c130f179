"""The model over HTTP against a scripted server: requests, answers, and the code of every fault."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Literal

import httpx
import pytest

from app.core.http import make_client
from app.llm import HttpModel, ModelFault, make_model
from app.settings import DEMO_MODEL, LlmSettings
from app.text.types import Method, Prompt
from tests.support import model_scripts as scripts
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer

CANARY = "Kanarievogel was nooit op tijd"
PROMPT = Prompt(system="Sorteer.", user=f"1. {CANARY}", version="t")
SCHEMA: dict[str, object] = {"type": "object", "properties": {"claims": {"type": "array"}}}

Provider = Literal["ollama", "openai"]
MakeModel = Callable[..., HttpModel]


@pytest.fixture(params=["ollama", "openai"])
def provider(request: pytest.FixtureRequest) -> Provider:
    """Both protocols, which must behave in the same way."""
    return "ollama" if request.param == "ollama" else "openai"


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """The product's client."""
    async with make_client() as made:
        yield made


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    """A model server that answers well until its script is changed."""
    async with ModelServer() as running:
        running.script = scripts.say("Goed gedaan, ga zo door.")
        yield running


@pytest.fixture
def make(provider: Provider, server: ModelServer, client: httpx.AsyncClient) -> MakeModel:
    """A function that makes a model on the scripted server, with these settings changed."""

    def make_changed(**changes: object) -> HttpModel:
        settings = LlmSettings(provider, base_urls=(server.url,), model="llama3.1:8b")
        return make_model(replace(settings, **changes), client)  # type: ignore[arg-type]

    return make_changed


async def fault_of(model: HttpModel) -> ModelFault:
    """The fault of one call. Its text must not quote the prompt."""
    with pytest.raises(ModelFault) as caught:
        await model.complete(PROMPT)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


async def test_an_answer_can_be_streamed_or_read_at_once(make: MakeModel) -> None:
    model = make()
    async with aclosing(model.stream(PROMPT)) as stream:
        pieces = [piece async for piece in stream]
    assert len(pieces) == 5
    assert "".join(pieces) == await model.complete(PROMPT) == "Goed gedaan, ga zo door."


async def test_an_answer_may_arrive_byte_by_byte(make: MakeModel, server: ModelServer) -> None:
    server.script = scripts.Script(text="Eén keer – naïef – en “goed” 👍", chunk_bytes=1)
    assert await make().complete(PROMPT) == "Eén keer – naïef – en “goed” 👍"


async def test_the_request_has_schema_key_and_model(
    make: MakeModel, server: ModelServer, provider: Provider
) -> None:
    await make(api_key="sleutel").complete(replace(PROMPT, schema=SCHEMA))
    call = server.calls[0]
    assert call.prompt == replace(PROMPT, schema=SCHEMA, version="")
    assert call.headers["authorization"] == "Bearer sleutel"
    assert call.body.stream
    assert call.body.model == "llama3.1:8b"
    if provider == "ollama":
        assert call.path == "/api/chat"
        assert call.body.keep_alive == "10m"
        assert call.body.options["num_ctx"] >= 12_000 / 3 + call.body.options["num_predict"]
    else:
        assert call.path == "/v1/chat/completions"
        assert call.body.max_tokens == 2000


async def test_without_a_schema_plain_text_is_asked(make: MakeModel, server: ModelServer) -> None:
    await make().complete(PROMPT)
    assert server.calls[0].prompt.schema is None
    assert "authorization" not in server.calls[0].headers


async def test_a_base_url_with_v1_is_the_same_server(make: MakeModel, server: ModelServer) -> None:
    assert await make(base_urls=(f"{server.url}/v1/",)).complete(PROMPT)


async def test_only_the_demo_model_is_labelled_demo(make: MakeModel) -> None:
    assert make().method is Method.AI
    assert make(model=DEMO_MODEL).method is Method.DEMO


@pytest.mark.parametrize(
    ("script", "code", "retryable"),
    [
        (scripts.status(429, retry_after="7"), "busy", True),
        (scripts.status(503), "busy", True),
        (scripts.status(500), "http_error", True),
        (scripts.status(401), "http_error", False),
        (scripts.status(302), "http_error", False),
        (scripts.status(404), "model_missing", False),
        (scripts.html_page(404), "http_error", False),
        (scripts.html_page(502), "http_error", True),
        (scripts.html_page(200), "not_json", True),
        (scripts.error_line(after=1), "http_error", True),
        (scripts.cut(after=150), "cut", True),
        (scripts.Script(text="Half een zin", finish=""), "cut", True),
        (scripts.Script(text="en nog een en nog een", finish="length"), "too_long", True),
        (scripts.Script(text="x" * (5 * 1024 * 1024)), "too_long", True),
        (scripts.say(""), "bad_answer", True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_every_fault_has_its_code(
    make: MakeModel, server: ModelServer, script: scripts.Script, code: str, retryable: bool
) -> None:
    server.script = script
    fault = await fault_of(make())
    assert (fault.code, fault.retryable) == (code, retryable)
    assert f"127.0.0.1:{server.port}" in str(fault)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)]
)
async def test_a_busy_server_may_say_for_how_long(
    make: MakeModel, server: ModelServer, header: str, seconds: float | None
) -> None:
    server.script = scripts.status(429, retry_after=header)
    assert (await fault_of(make())).retry_after == seconds


async def test_a_server_that_is_down_is_unreachable(make: MakeModel, server: ModelServer) -> None:
    await server.stop()
    fault = await fault_of(make())
    assert (fault.code, fault.retryable) == ("unreachable", True)


async def test_a_fault_never_names_the_login_of_an_address(make: MakeModel, server: ModelServer) -> None:
    await server.stop()
    fault = await fault_of(make(base_urls=(f"http://beheer:geheim@127.0.0.1:{server.port}",)))
    assert "geheim" not in str(fault)


async def test_a_server_that_does_not_accept_is_a_connect_timeout(make: MakeModel) -> None:
    with contextlib.ExitStack() as sockets:
        deaf = sockets.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):  # fill the queue of connections to accept
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        assert (await fault_of(make(base_urls=(url,), connect_timeout=0.1))).code == "timeout_connect"


async def test_a_late_first_piece_is_a_timeout(make: MakeModel, server: ModelServer) -> None:
    server.script = scripts.slow_start(30)
    assert (await fault_of(make(first_token_timeout=0.05))).code == "timeout_first_token"
    server.script = scripts.hold(after=0, text="te laat")
    assert (await fault_of(make(first_token_timeout=0.05))).code == "timeout_first_token"
    await eventually(lambda: server.count("left") == 2)


async def test_a_late_end_is_a_timeout(make: MakeModel, server: ModelServer) -> None:
    server.script = scripts.hold(after=2, text="een twee drie vier")
    assert (await fault_of(make(first_token_timeout=5, total_timeout=0.2))).code == "timeout_total"
    server.script = scripts.slow_start(30)
    assert (await fault_of(make(first_token_timeout=5, total_timeout=0.05))).code == "timeout_total"
    await eventually(lambda: server.count("left") == 2)


async def test_a_slow_model_within_the_limits_is_no_fault(make: MakeModel, server: ModelServer) -> None:
    server.script = scripts.Script(text="een twee drie vier vijf zes", piece_delay=0.03)
    assert (
        await make(first_token_timeout=0.15, total_timeout=30).complete(PROMPT)
        == "een twee drie vier vijf zes"
    )


async def test_the_time_of_the_reader_does_not_count(make: MakeModel, server: ModelServer) -> None:
    """A limit is around each wait for the server. It must not cancel what the reader does."""
    server.script = scripts.say("een twee drie")
    async with aclosing(make(first_token_timeout=0.1, total_timeout=0.1).stream(PROMPT)) as stream:
        assert await anext(stream) == "een "
        release = asyncio.Event()
        asyncio.get_running_loop().call_later(0.15, release.set)
        await release.wait()


async def test_cancelling_closes_the_stream_and_stops_the_model(make: MakeModel, server: ModelServer) -> None:
    server.script = scripts.hold(after=2, text="een twee drie vier")
    task = asyncio.create_task(make().complete(PROMPT))
    await eventually(lambda: server.count("open") == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: server.count("left") == 1)


async def test_aclose_closes_the_stream(make: MakeModel, server: ModelServer) -> None:
    server.script = scripts.hold(after=1, text="een twee drie vier")
    stream = make().stream(PROMPT)
    assert await anext(stream) == "een "
    await stream.aclose()
    await eventually(lambda: server.count("left") == 1)


async def test_reachable_keeps_its_answer_for_five_seconds(
    server: ModelServer, client: httpx.AsyncClient, provider: Provider
) -> None:
    now = 100.0
    options = LlmSettings(provider, base_urls=(server.url,), model="m")
    model = make_model(options, client, clock=lambda: now)
    assert await model.reachable()
    await server.stop()
    assert await model.reachable(), "the answer is kept for five seconds"
    now += 5.1
    assert not await model.reachable()
    await server.start()
    now += 5.1
    assert await model.reachable()
