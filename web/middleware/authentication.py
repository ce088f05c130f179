"""Who is asking: a bearer token or a session cookie becomes a Principal."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts import authentication
from app.accounts.principal import Credential, Principal
from app.core.errors import NotLoggedIn, Unavailable
from app.settings import Settings
from web.session_cookie import cookie_name

QUEUE_TIMEOUT_SECONDS = 20.0
"""Seconds that a request may queue before it is told to come back. Hosts such as Heroku give up after 30."""


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
            principal = await authentication.authenticate(self._engine, shown)
        if principal is None and shown.kind == "token":
            raise NotLoggedIn("This token is unknown or was withdrawn; make a new one.", code="bad_token")
        return principal

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None, None]:
        try:
            async with asyncio.timeout(QUEUE_TIMEOUT_SECONDS):
                await self._turns.acquire()
        except TimeoutError as fault:
            raise Unavailable("Too many people are here at this moment; try again shortly.") from fault
        try:
            yield
        finally:
            self._turns.release()
