"""A model behind HTTP: one call with its three time limits, every fault typed, tried on several servers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from typing import NoReturn

import httpx

from app.core.clock import Monotonic, monotonic
from app.llm.balancer import Balancer, Server
from app.llm.dialects import Dialect, OllamaDialect, OpenAIDialect, Step
from app.llm.meter import Meter, metered
from app.llm.options import ModelOptions
from app.settings import DEMO_MODEL
from app.text.model import FaultCode, ModelFault
from app.text.types import Method, Prompt

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Far above any answer (2,000 tokens at 200 bytes each); a server that never stops must not fill memory."""
ELSEWHERE: frozenset[FaultCode] = frozenset({"unreachable", "timeout_connect", "busy"})
"""Faults that come before the first piece and say something of the server, not of the prompt."""
REST_SECONDS = 10.0
DRAIN_SECONDS = 0.05
"""A server that keeps silent behind its last line costs no more than this, and its connection."""
PROBE_SECONDS = 5.0
PROBE_TIMEOUT = 2.0


class HttpModel:
    """The `Model` of production. Safe for any number of calls at once on one event loop."""

    def __init__(
        self, options: ModelOptions, dialect: Dialect, client: httpx.AsyncClient, clock: Monotonic
    ) -> None:
        self.name = options.model
        self.method = Method.DEMO if options.model == DEMO_MODEL else Method.AI
        self.context_chars = options.context_chars
        self._options = options
        self._dialect = dialect
        self._client = client
        self._clock = clock
        self._balancer = Balancer(tuple(_root(url) for url in options.base_urls), clock)
        self._reachable = False
        self._reachable_until = float("-inf")

    async def complete(self, prompt: Prompt) -> str:
        """The whole answer. Raises ModelFault."""
        async with aclosing(self.stream(prompt)) as pieces:
            return "".join([piece async for piece in pieces])

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Pieces as they come; another server is tried when one is away or busy. Raises ModelFault."""
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
                if fault.code not in ELSEWHERE:
                    raise
                self._balancer.rest(server, min(fault.retry_after or REST_SECONDS, 60.0))
                last = fault
        raise last

    async def reachable(self) -> bool:
        """Whether any server answers a cheap GET; the answer is kept for five seconds. Never raises."""
        if self._clock() >= self._reachable_until:
            answers = await asyncio.gather(*(self._probe(server) for server in self._balancer.servers))
            self._reachable = any(answers)
            self._reachable_until = self._clock() + PROBE_SECONDS
        return self._reachable

    async def _probe(self, server: Server) -> bool:
        url = server.base_url + self._dialect.probe_path
        try:
            response = await self._client.get(url, headers=self._headers(), timeout=PROBE_TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.status_code == httpx.codes.OK

    async def _call(self, server: Server, prompt: Prompt) -> AsyncGenerator[str, None]:
        """One call to one server. The connection of a whole answer serves the next; any other is closed."""
        with metered(self._clock) as meter:
            async with aclosing(self._answer(server, prompt, meter)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _answer(self, server: Server, prompt: Prompt, meter: Meter) -> AsyncGenerator[str, None]:
        limits = _Limits(self._options)
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
        connect = self._options.connect_timeout
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
        """Once more when the connection breaks at once: a kept one may have been dropped by the server."""
        try:
            return await self._client.send(request, stream=True)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            return await self._client.send(request, stream=True)

    async def _read(
        self, response: httpx.Response, limits: "_Limits", meter: Meter
    ) -> AsyncGenerator[str, None]:
        """The text pieces up to the mark that ends the answer; an end without it is a cut.

        What the network brought together is one piece: a step through all these generators costs more than
        to read a line.
        """
        said_something = False
        async with aclosing(_lines(response, limits)) as arrivals:
            async for lines in arrivals:
                steps = self._steps(lines, meter)
                limits.alive = limits.alive or bool(steps)
                if text := "".join(step.text for step in steps):
                    said_something = True
                    yield text
                done = bool(steps) and steps[-1].done
                if done and not said_something:
                    raise ModelFault("bad_answer")
                if done:
                    await _drain(arrivals)
                    return
        raise ModelFault("cut")

    def _steps(self, lines: Sequence[bytes], meter: Meter) -> list[Step]:
        """What lines mean, up to the one that ends the answer. Raises ModelFault."""
        steps: list[Step] = []
        for line in lines:
            if (step := self._dialect.read(line)) is None:
                continue
            meter.note(step)
            steps.append(step)
            if step.done:
                break
        return steps

    def _headers(self) -> dict[str, str]:
        """Not compressed: the cap on an answer's bytes must count what is kept."""
        headers = {"Accept-Encoding": "identity"}
        if self._options.api_key:
            headers["Authorization"] = f"Bearer {self._options.api_key}"
        return headers


class _Limits:
    """The clock of one call: up to the first sign of life, and in all."""

    def __init__(self, options: ModelOptions) -> None:
        self.alive = False
        started = asyncio.get_running_loop().time()
        self._first = started + options.first_token_timeout
        self._total = started + options.total_timeout

    def running(self) -> asyncio.Timeout:
        """Around one wait, never around a yield: a timeout cancels whatever the task is at by then."""
        return asyncio.timeout_at(self._total if self.alive else min(self._first, self._total))

    def expired(self) -> NoReturn:
        """Raise the fault of the limit that was in force."""
        first = not self.alive and self._first < self._total
        raise ModelFault("timeout_first_token" if first else "timeout_total") from None


async def _lines(response: httpx.Response, limits: _Limits) -> AsyncGenerator[list[bytes], None]:
    """The lines that each arrival makes whole, however the network cut them up; at the end, what is left."""
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
    """Take in what follows the mark that ends an answer, so that the connection can be used again."""
    with suppress(TimeoutError, ModelFault):
        async with asyncio.timeout(DRAIN_SECONDS):
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
    """A status other than 200. The body is not read: it may quote the prompt."""
    status = response.status_code
    if status in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}:
        return ModelFault("busy", status=status, retry_after=_retry_after(response))
    if status == httpx.codes.NOT_FOUND and "json" in response.headers.get("content-type", ""):
        return ModelFault("model_missing", status=status)
    return ModelFault("http_error", status=status)


def _retry_after(response: httpx.Response) -> float | None:
    """RFC 9110 section 10.2.3, the form in seconds; a date is as good as nothing, clocks differ."""
    value: str = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _root(url: str) -> str:
    """OpenAI-compatible servers are often given with their `/v1`, which our paths begin with."""
    return url.rstrip("/").removesuffix("/v1")


def make_model(options: ModelOptions, client: httpx.AsyncClient, clock: Monotonic = monotonic) -> HttpModel:
    """The model that the options name. The client is shared and stays the caller's to close."""
    dialect = OllamaDialect(options) if options.provider == "ollama" else OpenAIDialect(options)
    return HttpModel(options, dialect, client, clock)
