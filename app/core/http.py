"""Makes the HTTP client for language models. It is made here only, so every call has the same rules."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import cast

import httpx

from app.core.clock import Monotonic, monotonic

DEFAULT_TIMEOUT_SECONDS = 15.0
"""For a call that gives no other time limit, because no outgoing call may wait without one."""

IDLE_CONNECTION_SECONDS = 2.0
"""How long an idle connection is kept. It is shorter than servers keep theirs; uvicorn does for five seconds.
"""


def make_client() -> httpx.AsyncClient:
    """A client for calls to the language model. Close it with `aclose()`.

    - `trust_env` is off, because a proxy or a `.netrc` of the environment must not receive pupils' text.
    - Redirects are not followed, because their target was not checked.
    - Connections have no limit. The worker's threads limit the calls already, and a second limit would make a
      call wait for a connection while its time runs.
    """
    make = partial(
        httpx.AsyncHTTPTransport,
        verify=httpx.create_ssl_context(trust_env=False),
        trust_env=False,
        limits=httpx.Limits(max_connections=None, keepalive_expiry=IDLE_CONNECTION_SECONDS),
    )
    return httpx.AsyncClient(
        transport=StackedTransport(make),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(DEFAULT_TIMEOUT_SECONDS),
    )


class StackedTransport(httpx.AsyncBaseTransport):
    """A transport for each running call. A call takes the transport that was put back last.

    A pool of httpcore checks each of its connections twice per call, with a system call for an idle one. In
    one pool for sixteen concurrent calls this took a quarter of a worker's processor time for a summary
    (docs/performance.md).
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], clock: Monotonic = monotonic) -> None:
        self._make = make
        self._clock = clock
        self._free: deque[tuple[httpx.AsyncBaseTransport, float]] = deque()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request with a free transport, which is free again when the response is closed."""
        await self._close_idle()
        transport = self._free.pop()[0] if self._free else self._make()
        try:
            response = await transport.handle_async_request(request)
        except BaseException:
            self._put_back(transport)
            raise
        stream = cast(httpx.AsyncByteStream, response.stream)
        response.stream = _ReportedStream(stream, partial(self._put_back, transport))
        return response

    async def aclose(self) -> None:
        """Close the free transports."""
        while self._free:
            await self._free.pop()[0].aclose()

    def _put_back(self, transport: httpx.AsyncBaseTransport) -> None:
        self._free.append((transport, self._clock()))

    async def _close_idle(self) -> None:
        """Close transports that have been free for too long. They are at the bottom of the stack."""
        while self._free and self._clock() - self._free[0][1] > IDLE_CONNECTION_SECONDS:
            await self._free.popleft()[0].aclose()


class _ReportedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, closed: Callable[[], None]) -> None:
        self._stream = stream
        self._closed = closed

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._closed()
