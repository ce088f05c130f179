"""How many calls a minute: counted per person in Redis, told on every answer of the API, refused with 429."""

import asyncio
import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import redis
import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage.redis.bridge import RedisBridge
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from redis.asyncio import Redis

from app.accounts.guards import Rate
from app.accounts.principal import Principal
from app.core import metrics
from app.core.clock import Monotonic, monotonic
from app.core.errors import TooManyRequests
from app.settings import WebSettings
from web.errors import PROBLEM, problem_document

log = structlog.get_logger(__name__)

STEP = 0.005
STEPS = 20
"""A request waits this often this many seconds for Redis, 0.1 s in all, before it passes unchecked. In steps,
because a crowd makes our own event loop late: one long timer would then run out although Redis has answered
(of 50 calls at one moment 19 passed unchecked), while a late step is one step of twenty."""

AWAY_FOR = 0.5
"""Seconds after such a wait in which Redis is not asked: a queue of requests then waits once, not in turn."""

AT_ONCE = 8
"""Questions under way per process. More connections at the same moment would be slower, not faster."""

COUNTED = "/api/"
"""Every call below this address counts. A page counts only where it queues something (`guards.Rate`): a whole
school may open its pages from one address in the same minute, and logging in has a brake of its own."""

_ACQUIRE = RedisBridge.SCRIPT_ACQUIRE_MOVING_WINDOW.decode()
_LOOK = RedisBridge.SCRIPT_MOVING_WINDOW.decode()

DECIDE = f"""
local time = redis.call('time')
local now = string.format('%d.%06d', time[1], time[2])
local function acquire(ARGV) {_ACQUIRE} end
local function look(ARGV) {_LOOK} end
local acquired = acquire({{now, ARGV[1], ARGV[2], 1}})
local seen = look({{now - ARGV[2], ARGV[1]}})
return {{acquired and 1 or 0, seen[2], tostring(seen[1] + ARGV[2] - now)}}
"""
"""The two scripts of `limits` (its moving window) in one, so that decision and numbers are of one moment, as
two calls would not be. Redis's clock counts, not those of several web processes. A refused call writes
nothing, so it does not lengthen the refusal."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call may pass, how many more may, and in how many seconds the oldest one stops counting."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> Mapping[str, str]:
        """What every answer of the API says."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }

    @property
    def refusal(self) -> TooManyRequests:
        """The error for the caller."""
        return TooManyRequests(
            f"More than {self.limit} of these calls in a minute; wait {self.reset} seconds and try again.",
            retry_after=self.reset,
        )


class Limiter:
    """Asks Redis. When Redis does not answer in time the call passes, and a metric counts it."""

    def __init__(self, settings: WebSettings, client: Redis, clock: Monotonic = monotonic) -> None:
        self._items: Mapping[Rate, RateLimitItem] = {
            "queue": RateLimitItemPerMinute(settings.rate_limit_queue, namespace="terugblik:rate"),
            "batch": RateLimitItemPerMinute(settings.rate_limit_batch, namespace="terugblik:rate"),
            "other": RateLimitItemPerMinute(settings.rate_limit_other, namespace="terugblik:rate"),
        }
        self._decide = client.register_script(DECIDE)
        self._clock = clock
        self._away_until = -math.inf
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hit(self, rate: Rate, caller: str) -> Decision:
        """Count one call of `caller`, unless it is one too many."""
        item = self._items[rate]
        async with self._turns:
            found = await self._ask(item, item.key_for(rate, caller))
        if found is None:
            metrics.rate_limits_unchecked.inc()
            return Decision(True, item.amount, item.amount, item.get_expiry())
        if not found.allowed:
            metrics.rate_limit_refusals.labels(rate).inc()
        return found

    async def _ask(self, item: RateLimitItem, key: str) -> Decision | None:
        if self._clock() < self._away_until:
            return None
        try:
            allowed, count, seconds = await self._answer(key, item)
        except (redis.RedisError, OSError) as fault:
            self._away_until = self._clock() + AWAY_FOR
            log.warning("rate_limits_unchecked", cause=type(fault).__name__)
            return None
        return Decision(
            bool(allowed), item.amount, item.amount - int(count), max(1, math.ceil(round(float(seconds), 3)))
        )

    async def _answer(self, key: str, item: RateLimitItem) -> tuple[int, int, bytes]:
        """What the script says. Raises TimeoutError, redis.RedisError and OSError."""
        question: asyncio.Future[tuple[int, int, bytes]] = asyncio.ensure_future(
            self._decide([key], [item.amount, item.get_expiry()])
        )
        try:
            for _ in range(STEPS):
                if (await asyncio.wait({question}, timeout=STEP))[0]:
                    return question.result()
            raise TimeoutError
        finally:
            question.cancel()


class RateLimits(ASGIMiddleware):
    """Behind the authentication: counts the call for whoever makes it. Raises TooManyRequests."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Streams come by once, when they are opened."""
        rate: Rate | None = scope["route_handler"].opt.get("rate")
        if rate is not None or scope["path"].startswith(COUNTED):
            decision = await self._limiter.hit(rate or "other", caller_of(scope))
            scope["state"]["rate"] = decision
            if not decision.allowed:
                raise decision.refusal
        await next_app(scope, receive, send)


class RateHeaders:
    """Around the router: says on each answer of the API how many calls are left.

    It also counts, for their address, calls that came to no handler: unknown paths, tokens that do not work.
    """

    def __init__(self, app: ASGIApp, limiter: Limiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds to the first message of the answer; a refusal replaces all of it."""
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(COUNTED):
            await self._app(scope, receive, send)
            return
        replaced = False

        async def send_with_headers(message: Message) -> None:
            nonlocal replaced
            if replaced:
                return
            if message["type"] == "http.response.start":
                decision: Decision | None = scope["state"].get("rate")
                if decision is None:
                    decision = await self._limiter.hit("other", address_of(scope))
                    replaced = not decision.allowed
                extra = [(name.lower().encode(), value.encode()) for name, value in decision.headers.items()]
                if replaced:
                    await _send_refusal(scope, decision, extra, send)
                    return
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _send_refusal(
    scope: Scope, decision: Decision, headers: list[tuple[bytes, bytes]], send: Send
) -> None:
    fault = decision.refusal
    body = msgspec.json.encode(problem_document(fault, scope["state"].get("request_id")))
    own = {"content-type": PROBLEM, "content-length": str(len(body)), **fault.headers}
    headers = [*headers, *((name.lower().encode(), value.encode()) for name, value in own.items())]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def caller_of(scope: Scope) -> str:
    """Whose calls are counted together: the person's, by whatever token or session, or the address's."""
    user: Principal | None = scope.get("user")
    return f"user:{user.user_id}" if user is not None else address_of(scope)


def address_of(scope: Scope) -> str:
    """The client's address, which only a trusted proxy can set (`web.main.behind_proxies`).

    Of IPv6 the first 64 bits count, for one client has all the others to itself (RFC 6177).
    """
    client = scope["client"]
    try:
        address = ipaddress.ip_address(client[0] if client else "")
    except ValueError:
        return "address:unknown"
    if address.version == 6:
        return f"address:{ipaddress.ip_network((int(address) >> 64 << 64, 64))}"
    return f"address:{address}"
