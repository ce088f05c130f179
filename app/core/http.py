"""The one place that makes HTTP clients, so that every call to a language model keeps the same rules."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import cast

import httpx

from app.core.clock import Monotonic, monotonic

TIMEOUT_SECONDS = 15.0
"""For whoever names no time limit of its own: no outgoing call may wait for ever."""

KEEP_SECONDS = 2.0
"""How long a connection that nobody uses is kept. Servers drop theirs later, uvicorn after five seconds."""


def make_client() -> httpx.AsyncClient:
    """A client for calls to the language model; close it with `aclose()`.

    - `trust_env` is off: a proxy or a `.netrc` in the environment must not receive pupils' text.
    - Redirects are not followed: an address was checked, the place that it points to was not.
    - Connections have no limit: the worker's threads bound the calls already, and a second bound would
      make a call wait for a connection while its time limit runs.
    """
    make = partial(
        httpx.AsyncHTTPTransport,
        verify=httpx.create_ssl_context(trust_env=False),
        trust_env=False,
        limits=httpx.Limits(max_connections=None, keepalive_expiry=KEEP_SECONDS),
    )
    return httpx.AsyncClient(
        transport=StackedTransport(make),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(TIMEOUT_SECONDS),
    )


class StackedTransport(httpx.AsyncBaseTransport):
    """A transport for each call that runs; a call takes the one that was put back last.

    A pool of httpcore looks twice a call at each connection that it holds, with a call of the system if that
    is idle. In one pool for sixteen calls at once this was a quarter of a worker's processor time for a
    summary (docs/performance.md).
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], clock: Monotonic = monotonic) -> None:
        self._make = make
        self._clock = clock
        self._free: deque[tuple[httpx.AsyncBaseTransport, float]] = deque()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As the transport that is taken; that is free again when the response is closed."""
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
        """Close those that no call has."""
        while self._free:
            await self._free.pop()[0].aclose()

    def _put_back(self, transport: httpx.AsyncBaseTransport) -> None:
        self._free.append((transport, self._clock()))

    async def _close_idle(self) -> None:
        """Those that a crowd left behind lie at the bottom."""
        while self._free and self._clock() - self._free[0][1] > KEEP_SECONDS:
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
