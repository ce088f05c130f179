"""Who is asking (bearer token or session cookie), and whether a page of ours made the request (CSRF)."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType, ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Guard, Receive, Scope, Send
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts import login
from app.accounts.principal import Credential, Principal
from app.core.errors import Forbidden, NotLoggedIn, Unavailable
from app.settings import Settings, WebSettings
from web.deps import AnyRequest

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
PATIENCE = 20.0
"""Seconds that a request may queue before it is told to come back. Hosts such as Heroku give up after 30."""

FORMS = frozenset({RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART})


# The session cookie.


def cookie_name(web: WebSettings) -> str:
    """`__Host-` makes the browser refuse it from a subdomain or without TLS (RFC 6265bis section 4.1.3.2)."""
    return "__Host-session" if web.secure_cookies else "session"


def session_cookie(web: WebSettings, secret: str) -> Cookie:
    """The cookie to set after `login.log_in`."""
    return _cookie(web, secret, int(session_lifetime(web).total_seconds()))


def forgetting_cookie(web: WebSettings) -> Cookie:
    """The cookie to set after `login.log_out`."""
    return _cookie(web, "", 0)


def session_lifetime(web: WebSettings) -> timedelta:
    """How long a login lasts."""
    return timedelta(hours=web.session_hours)


def _cookie(web: WebSettings, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=cookie_name(web),
        value=value,
        max_age=max_age,
        path="/",
        secure=web.secure_cookies,
        httponly=True,
        samesite="lax",
    )


# Who is asking.


class Authentication(ASGIMiddleware):
    """Sets `request.user` to a Principal or None with one query; routes marked UNAUTHENTICATED cost none.

    `request.auth` is the Credential that was shown: streams must know later whether it still holds.

    A bearer token that does not work is refused at once, a dead cookie counts as nobody.

    This is also where a crowd queues. A quarter of the connections looks up who is asking, so that those who
    came first find one free for the rest of their request; otherwise 500 calls at one moment would all be
    half done when the first of them gave up waiting.
    """

    scopes = (ScopeType.HTTP, ScopeType.ASGI)

    def __init__(self, settings: Settings, autocommit: AsyncEngine) -> None:
        self._engine = autocommit
        self._cookie = cookie_name(settings.web)
        self._turns = asyncio.Semaphore(max(1, settings.database.pool_size // 4))

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Raises NotLoggedIn for a token that does not work."""
        skip = scope["route_handler"].opt.get("unauthenticated", False)
        shown = None if skip else self._shown(ASGIConnection(scope))
        scope["auth"] = shown
        scope["user"] = None if shown is None else await self._who(shown)
        await next_app(scope, receive, send)

    def _shown(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Credential | None:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return Credential.of("token", token.strip())
        secret = connection.cookies.get(self._cookie)
        return Credential.of("session", secret) if secret else None

    async def _who(self, shown: Credential) -> Principal | None:
        async with self._turn():
            principal = await login.who_has(self._engine, shown)
        if principal is None and shown.kind == "token":
            raise NotLoggedIn("This token is unknown or was withdrawn; make a new one.", code="bad_token")
        return principal

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None, None]:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError as fault:
            raise Unavailable("Too many people are here at this moment; try again shortly.") from fault
        try:
            yield
        finally:
            self._turns.release()


def client_address(request: AnyRequest) -> str:
    """The client's address. Behind a proxy of TRUSTED_PROXIES it is the one that the proxy vouches for."""
    return request.client.host if request.client is not None else "unknown"


# CSRF.


def csrf_token(web: WebSettings, principal: Principal | None) -> str:
    """The token of a login session, for forms and for the X-CSRF-Token header; empty where none is needed."""
    if principal is None or principal.session_key is None:
        return ""
    message = b"csrf:" + principal.session_key.encode()
    return hmac.new(web.secret.encode(), message, hashlib.sha256).hexdigest()


def csrf_guard(web: WebSettings) -> Guard:
    """A guard for the whole application: unsafe methods with a cookie need our token.

    Two independent checks (OWASP, Cross-Site Request Forgery Prevention): the browser must not say that the
    request comes from another site, which also covers the log-in form, where there is no session yet; and
    with a session the token must be right. Bearer tokens are exempt: no browser sends them by itself.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not isinstance(connection, Request) or connection.method in SAFE_METHODS:
            return
        user: Principal | None = connection.user
        if user is not None and user.session_key is None:
            return
        if comes_from_elsewhere(connection, web.base_url):
            raise Forbidden("This form was sent from another site.", code="cross_site")
        if user is not None and not hmac.compare_digest(
            (await _sent_token(connection)).encode(), csrf_token(web, user).encode()
        ):
            raise Forbidden("This form is out of date; reload the page and send it again.", code="csrf")

    return guard


def comes_from_elsewhere(request: AnyRequest, base_url: str | None) -> bool:
    """What the browser says of where the request was made; False when it says nothing.

    Sec-Fetch-Site (w3.org/TR/fetch-metadata) goes first; browsers leave it out on plain HTTP, where Origin
    (RFC 6454) is compared with the host that was asked.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return False
    own = {request.headers.get("host", ""), urlsplit(base_url or "").netloc}
    return urlsplit(origin).netloc not in own - {""}


async def _sent_token(request: AnyRequest) -> str:
    header = request.headers.get(CSRF_HEADER)
    if header is not None:
        return header
    if request.content_type[0] in FORMS:
        sent = (await request.form()).get(CSRF_FIELD, "")
        return sent if isinstance(sent, str) else ""
    return ""
