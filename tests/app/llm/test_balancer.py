"""Several model servers: the least loaded is used first, and another when one is away or busy."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.http import make_client
from app.llm import ModelFault, make_model
from app.llm.balancer import Balancer
from app.settings import LlmSettings
from app.text.types import Prompt
from tests.support import model_scripts as scripts
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer

PROMPT = Prompt(system="s", user="u", version="t")
ANSWER = scripts.say("Goed gedaan.")


def settings_for(*servers: ModelServer) -> LlmSettings:
    return LlmSettings(provider="ollama", base_urls=tuple(server.url for server in servers), model="m")


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with make_client() as made:
        yield made


@pytest.fixture
async def left() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        running.script = ANSWER
        yield running


@pytest.fixture
async def right() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        running.script = ANSWER
        yield running


def first(balancer: Balancer) -> str:
    return next(balancer.candidates()).base_url


def test_idle_servers_take_turns() -> None:
    balancer = Balancer(("http://a", "http://b", "http://c"))
    assert [first(balancer) for _ in range(6)] == ["http://a", "http://b", "http://c"] * 2


def test_the_least_loaded_comes_first() -> None:
    balancer = Balancer(("http://a", "http://b"))
    busy = next(balancer.candidates())
    with busy.in_use():
        assert [first(balancer) for _ in range(3)] == ["http://b"] * 3
    assert first(balancer) == busy.base_url


def test_a_server_that_is_set_aside_is_skipped_until_its_time() -> None:
    now = 0.0
    balancer = Balancer(("http://a", "http://b"), clock=lambda: now)
    balancer.set_aside(balancer.servers[0], 10)
    assert [server.base_url for server in balancer.candidates()] == ["http://b"]
    now = 10.0
    assert {server.base_url for server in balancer.candidates()} == {"http://a", "http://b"}


def test_when_all_are_set_aside_the_first_to_return_is_tried() -> None:
    balancer = Balancer(("http://a", "http://b"), clock=lambda: 0.0)
    balancer.set_aside(balancer.servers[0], 20)
    balancer.set_aside(balancer.servers[1], 10)
    assert [server.base_url for server in balancer.candidates()] == ["http://b"]


def test_without_an_address_there_is_no_model() -> None:
    with pytest.raises(ValueError, match="base URL"):
        Balancer(())


async def test_concurrent_calls_are_spread_over_the_servers(
    left: ModelServer, right: ModelServer, client: httpx.AsyncClient
) -> None:
    left.script = right.script = scripts.hold(text="Goed gedaan.")
    model = make_model(settings_for(left, right), client)
    calls = [asyncio.create_task(model.complete(PROMPT)) for _ in range(6)]
    await eventually(lambda: (left.count("open"), right.count("open")) == (3, 3))
    left.release()
    right.release()
    assert await asyncio.gather(*calls) == ["Goed gedaan."] * 6


@pytest.mark.parametrize("trouble", ["down", "busy"])
async def test_another_server_is_tried_before_a_fault_is_raised(
    left: ModelServer, right: ModelServer, client: httpx.AsyncClient, trouble: str
) -> None:
    now = 0.0
    model = make_model(settings_for(left, right), client, clock=lambda: now)
    if trouble == "down":
        await left.stop()
    left.script = scripts.status(429)
    for _ in range(4):
        assert await model.complete(PROMPT) == "Goed gedaan."
    assert left.count() == (1 if trouble == "busy" else 0), "the server in trouble is set aside"
    now = 10.1
    left.script = ANSWER
    if trouble == "down":
        await left.start()
    before = left.count()
    for _ in range(2):
        await model.complete(PROMPT)
    assert left.count() == before + 1, "it is used again after its time"


async def test_when_all_fail_the_last_fault_is_raised(
    left: ModelServer, right: ModelServer, client: httpx.AsyncClient
) -> None:
    await left.stop()
    right.script = scripts.status(429, retry_after="3")
    with pytest.raises(ModelFault) as caught:
        await make_model(settings_for(left, right), client).complete(PROMPT)
    assert (caught.value.code, caught.value.retry_after) == ("busy", 3.0)


async def test_a_fault_of_the_answer_is_not_tried_elsewhere(
    left: ModelServer, right: ModelServer, client: httpx.AsyncClient
) -> None:
    left.script = right.script = scripts.cut(after=100)
    with pytest.raises(ModelFault, match="cut"):
        await make_model(settings_for(left, right), client).complete(PROMPT)
    assert left.count() + right.count() == 1


async def test_reachable_when_one_of_them_is(
    left: ModelServer, right: ModelServer, client: httpx.AsyncClient
) -> None:
    await left.stop()
    assert await make_model(settings_for(left, right), client).reachable()
