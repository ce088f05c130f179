"""The transport of the model's client: it has one for each running call, and uses the last used first."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.http import IDLE_CONNECTION_SECONDS, StackedTransport


class Below(httpx.AsyncBaseTransport):
    """A transport that records the paths, and fails for /fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path == "/fails":
            raise httpx.ConnectError("away")
        return httpx.Response(200, stream=httpx.ByteStream(b"said"))

    async def aclose(self) -> None:
        self.closed = True


class Stack:
    """A client on a StackedTransport whose clock the test sets."""

    def __init__(self) -> None:
        self.made: list[Below] = []
        self.now = 0.0
        self.transport = StackedTransport(self._make, lambda: self.now)
        self.client = httpx.AsyncClient(transport=self.transport, base_url="http://model.invalid")

    def _make(self) -> Below:
        self.made.append(Below())
        return self.made[-1]

    async def open(self, path: str) -> httpx.Response:
        """Send a request, and return the open response."""
        return await self.client.send(self.client.build_request("GET", path), stream=True)

    @property
    def asked(self) -> list[list[str]]:
        return [below.asked for below in self.made]


@pytest.fixture
async def stack() -> AsyncIterator[Stack]:
    stack = Stack()
    yield stack
    await stack.client.aclose()


async def test_calls_after_one_another_share_a_transport(stack: Stack) -> None:
    for path in ("/1", "/2"):
        assert (await stack.client.get(path)).text == "said"
    assert stack.asked == [["/1", "/2"]]


async def test_calls_at_once_have_one_each_and_the_last_put_back_is_used_first(stack: Stack) -> None:
    first, second = await stack.open("/1"), await stack.open("/2")
    await second.aclose()
    await first.aclose()
    await stack.client.get("/3")
    assert stack.asked == [["/1", "/3"], ["/2"]]


async def test_a_call_that_fails_puts_its_transport_back(stack: Stack) -> None:
    with pytest.raises(httpx.ConnectError):
        await stack.client.get("/fails")
    await stack.client.get("/1")
    assert stack.asked == [["/fails", "/1"]]


async def test_transports_that_a_peak_leaves_are_closed(stack: Stack) -> None:
    crowd = [await stack.open("/crowd") for _ in range(3)]
    for response in crowd:
        await response.aclose()
    for _ in range(2):
        stack.now += IDLE_CONNECTION_SECONDS * 0.75
        await stack.client.get("/later")
    assert [below.closed for below in stack.made] == [True, True, False]


async def test_closing_closes_the_free_transports(stack: Stack) -> None:
    await stack.client.get("/1")
    await stack.client.aclose()
    assert stack.made[0].closed
