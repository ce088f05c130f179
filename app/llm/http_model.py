"""A language model over HTTP: three time limits, several servers, and a code for every fault."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from typing import NoReturn

import httpx

from app.core.clock import Monotonic, monotonic
from app.llm.balancer import Balancer, Server
from app.llm.dialects import AnswerStep, Dialect, OllamaDialect, OpenAIDialect
from app.llm.meter import Meter, metered
from app.settings import DEMO_MODEL, LlmSettings
from app.text.model import FaultCode, ModelFault
from app.text.types import Method, Prompt

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Far above any answer: 2,000 tokens of 200 bytes. A server that never stops must not fill the memory."""

SERVER_FAULTS: frozenset[FaultCode] = frozenset({"unreachable", "timeout_connect", "busy"})
"""Faults before the first piece that are the server's and not the prompt's. Another server is tried then."""

SET_ASIDE_SECONDS = 10.0
MAX_SET_ASIDE_SECONDS = 60.0
"""How long other servers are preferred to one with such a fault. A server may ask for longer in Retry-After.
"""

DRAIN_TIMEOUT_SECONDS = 0.05
"""For the end of the response after the last line. A connection that is not at its end by then is closed."""

PROBE_CACHE_SECONDS = 5.0
PROBE_TIMEOUT_SECONDS = 2.0


class HttpModel:
    """The `Model` of production. One event loop may make any number of calls at once."""

    def __init__(
        self, settings: LlmSettings, dialect: Dialect, client: httpx.AsyncClient, clock: Monotonic
    ) -> None:
        self.name = settings.model
        self.method = Method.DEMO if settings.model == DEMO_MODEL else Method.AI
        self.context_chars = settings.context_chars
        self._settings = settings
        self._dialect = dialect
        self._client = client
        self._clock = clock
        self._balancer = Balancer(tuple(_root(url) for url in settings.base_urls), clock)
        self._reachable = False
        self._reachable_until = float("-inf")

    async def complete(self, prompt: Prompt) -> str:
        """The whole answer. Raises ModelFault."""
        async with aclosing(self.stream(prompt)) as pieces:
            return "".join([piece async for piece in pieces])

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The pieces as they come. Another server is tried when one is away or busy. Raises ModelFault."""
        last = ModelFault("unreachable")
        for server in self._balancer.candidates():
            try:
                with server.in_use():
                    async with aclosing(self._call(server, prompt)) as pieces:
                        async for piece in pieces:
                            yield piece
                return
            except ModelFault as fault:
                fault.host = fault.host or httpx.URL(server.base_url).netloc.decode()
                if fault.code not in SERVER_FAULTS:
                    raise
                self._balancer.set_aside(
                    server, min(fault.retry_after or SET_ASIDE_SECONDS, MAX_SET_ASIDE_SECONDS)
                )
                last = fault
        raise last

    async def reachable(self) -> bool:
        """Whether any server answers a cheap GET, asked once in PROBE_CACHE_SECONDS. Never raises."""
        if self._clock() >= self._reachable_until:
            answers = await asyncio.gather(*(self._probe(server) for server in self._balancer.servers))
            self._reachable = any(answers)
            self._reachable_until = self._clock() + PROBE_CACHE_SECONDS
        return self._reachable

    async def _probe(self, server: Server) -> bool:
        url = server.base_url + self._dialect.probe_path
        try:
            response = await self._client.get(url, headers=self._headers(), timeout=PROBE_TIMEOUT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.status_code == httpx.codes.OK

    async def _call(self, server: Server, prompt: Prompt) -> AsyncGenerator[str, None]:
        """One measured call to one server. Its connection is kept after a complete answer, else closed."""
        with metered(self._clock) as meter:
            async with aclosing(self._answer(server, prompt, meter)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _answer(self, server: Server, prompt: Prompt, meter: Meter) -> AsyncGenerator[str, None]:
        limits = _Limits(self._settings)
        response = await self._open(server, prompt, limits)
        try:
            if response.status_code != httpx.codes.OK:
                raise _refusal(response)
            async with aclosing(self._read(response, limits, meter)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            await response.aclose()

    async def _open(self, server: Server, prompt: Prompt, limits: "_Limits") -> httpx.Response:
        connect = self._settings.connect_timeout
        try:
            request = self._client.build_request(
                "POST",
                server.base_url + self._dialect.chat_path,
                json=self._dialect.body(prompt),
                headers=self._headers(),
                timeout=httpx.Timeout(connect, read=None),
            )
            async with limits.running():
                return await self._send(request)
        except TimeoutError:
            limits.expired()
        except httpx.TimeoutException:
            raise ModelFault("timeout_connect") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise ModelFault("unreachable") from None

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Send, and once again when the connection breaks: the server may have dropped a kept one."""
        try:
            return await self._client.send(request, stream=True)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            return await self._client.send(request, stream=True)

    async def _read(
        self, response: httpx.Response, limits: "_Limits", meter: Meter
    ) -> AsyncGenerator[str, None]:
        """The pieces of text up to the mark that ends the answer. An end without it is the fault `cut`.

        Lines that arrive together become one piece, because passing a piece through the generators costs more
        than reading a line.
        """
        has_text = False
        async with aclosing(_lines(response, limits)) as arrivals:
            async for lines in arrivals:
                steps = self._steps(lines, meter)
                limits.has_answered = limits.has_answered or bool(steps)
                if text := "".join(step.text for step in steps):
                    has_text = True
                    yield text
                done = bool(steps) and steps[-1].done
                if done and not has_text:
                    raise ModelFault("bad_answer")
                if done:
                    await _drain(arrivals)
                    return
        raise ModelFault("cut")

    def _steps(self, lines: Sequence[bytes], meter: Meter) -> list[AnswerStep]:
        """The meaning of lines, up to the line that ends the answer. Raises ModelFault."""
        steps: list[AnswerStep] = []
        for line in lines:
            if (step := self._dialect.read(line)) is None:
                continue
            meter.record(step)
            steps.append(step)
            if step.done:
                break
        return steps

    def _headers(self) -> dict[str, str]:
        """The answer must not be compressed, so that MAX_ANSWER_BYTES limits what is kept in memory."""
        headers = {"Accept-Encoding": "identity"}
        if self._settings.api_key:
            headers["Authorization"] = f"Bearer {self._settings.api_key}"
        return headers


class _Limits:
    """The time limits of one call: until the first line, and in all."""

    def __init__(self, settings: LlmSettings) -> None:
        self.has_answered = False
        started = asyncio.get_running_loop().time()
        self._first = started + settings.first_token_timeout
        self._total = started + settings.total_timeout

    def running(self) -> asyncio.Timeout:
        """The limit for one wait. It must not be around a yield, where it would cancel the reader."""
        return asyncio.timeout_at(self._total if self.has_answered else min(self._first, self._total))

    def expired(self) -> NoReturn:
        """Raise the fault of the limit that was reached."""
        first = not self.has_answered and self._first < self._total
        raise ModelFault("timeout_first_token" if first else "timeout_total") from None


async def _lines(response: httpx.Response, limits: _Limits) -> AsyncGenerator[list[bytes], None]:
    """The lines that each chunk completes, however the network divides them; at the end, the rest."""
    chunks: AsyncIterator[bytes] = response.aiter_raw()
    pending, received = b"", 0
    while (chunk := await _next(chunks, limits)) is not None:
        received += len(chunk)
        if received > MAX_ANSWER_BYTES:
            raise ModelFault("too_long")
        *lines, pending = (pending + chunk).split(b"\n")
        if lines:
            yield [line.strip() for line in lines]
    if pending.strip():
        yield [pending.strip()]


async def _drain(arrivals: AsyncIterator[list[bytes]]) -> None:
    """Read what follows the mark that ends the answer, so that the connection can be used again."""
    with suppress(TimeoutError, ModelFault):
        async with asyncio.timeout(DRAIN_TIMEOUT_SECONDS):
            async for _ in arrivals:
                pass


async def _next(chunks: AsyncIterator[bytes], limits: _Limits) -> bytes | None:
    try:
        async with limits.running():
            return await anext(chunks, None)
    except TimeoutError:
        limits.expired()
    except httpx.HTTPError:
        raise ModelFault("cut") from None


def _refusal(response: httpx.Response) -> ModelFault:
    """The fault of a status other than 200. The body is not read, because it may quote the prompt."""
    status = response.status_code
    if status in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}:
        return ModelFault("busy", status=status, retry_after=_retry_after(response))
    if status == httpx.codes.NOT_FOUND and "json" in response.headers.get("content-type", ""):
        return ModelFault("model_missing", status=status)
    return ModelFault("http_error", status=status)


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds of Retry-After (RFC 9110 section 10.2.3). A date is ignored, because clocks differ."""
    value: str = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _root(url: str) -> str:
    """The address without `/v1`, which people often add and with which our paths begin."""
    return url.rstrip("/").removesuffix("/v1")


def make_model(settings: LlmSettings, client: httpx.AsyncClient, clock: Monotonic = monotonic) -> HttpModel:
    """The model that the settings describe. The caller closes the client, which may be shared."""
    dialect = OllamaDialect(settings) if settings.provider == "ollama" else OpenAIDialect(settings)
    return HttpModel(settings, dialect, client, clock)
