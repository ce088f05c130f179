"""Limits the calls of each caller: refuses with 429, and reports the numbers on every response of the API."""

import ipaddress

import msgspec
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.accounts.guards import Rate
from app.accounts.principal import Principal
from web.middleware.limiter import Decision, Limiter
from web.problems import PROBLEM_MEDIA_TYPE, problem_document

API_PREFIX = "/api/"
"""Every call below this path counts. A page counts only where it queues something (`guards.Rate`): a whole
school may open its pages from one address in the same minute, and logging in has limits of its own."""


class RateLimit(ASGIMiddleware):
    """After authentication: counts the call for the person who makes it. Raises TooManyRequests."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """A stream counts once, when it is opened."""
        rate: Rate | None = scope["route_handler"].opt.get("rate")
        if rate is not None or scope["path"].startswith(API_PREFIX):
            decision = await self._limiter.hit(rate or "other", caller_key(scope))
            scope["state"]["rate"] = decision
            if not decision.allowed:
                raise decision.refusal
        await next_app(scope, receive, send)


class RateLimitHeaders:
    """Around the router: adds the numbers to each response of the API.

    It also counts, by address, the calls that reached no handler: unknown paths, and tokens that do not work.
    """

    def __init__(self, app: ASGIApp, limiter: Limiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Changes the first message of the response, or replaces the whole response by a refusal."""
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(API_PREFIX):
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
                    decision = await self._limiter.hit("other", address_key(scope))
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
    refusal = decision.refusal
    body = msgspec.json.encode(problem_document(refusal, scope["state"].get("request_id")))
    more = {"content-type": PROBLEM_MEDIA_TYPE, "content-length": str(len(body)), **refusal.headers}
    headers = [*headers, *((name.lower().encode(), value.encode()) for name, value in more.items())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def caller_key(scope: Scope) -> str:
    """Whose calls are counted together: those of a person by any token or session, else of an address."""
    user: Principal | None = scope.get("user")
    return f"user:{user.user_id}" if user is not None else address_key(scope)


def address_key(scope: Scope) -> str:
    """The client's address, which only a trusted proxy can set (trusted_proxies.py).

    Of an IPv6 address the first 64 bits count, because one client has all the others (RFC 6177).
    """
    client = scope["client"]
    try:
        address = ipaddress.ip_address(client[0] if client else "")
    except ValueError:
        return "address:unknown"
    if address.version == 6:
        return f"address:{ipaddress.ip_network((int(address) >> 64 << 64, 64))}"
    return f"address:{address}"
