"""Finds out who makes the request: a bearer token or a session cookie becomes a Principal."""

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
"""A request waits this long for its turn before it is refused. Hosts such as Heroku give up after 30 s."""


class Authentication(ASGIMiddleware):
    """Sets `request.user` to a Principal or None, with one query. Routes marked UNAUTHENTICATED cost none.

    `request.auth` is the Credential that was sent: streams check later whether it is still valid. A bearer
    token that does not work is refused; a session cookie that has expired counts as nobody.

    Requests of a crowd wait here. Only a quarter of the database connections is used for lookups, so that a
    request that has been looked up finds a connection for the rest of its work. Without this limit 500
    requests at the same moment would all be half done when the first of them timed out.
    """

    scopes = (ScopeType.HTTP, ScopeType.ASGI)

    def __init__(self, settings: Settings, autocommit: AsyncEngine) -> None:
        self._engine = autocommit
        self._cookie = cookie_name(settings.web)
        self._lookups = asyncio.Semaphore(max(1, settings.database.pool_size // 4))

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Raises NotLoggedIn for a token that does not work, and Unavailable in a crowd that is too large."""
        skip = scope["route_handler"].opt.get("unauthenticated", False)
        credential = None if skip else self._credential(ASGIConnection(scope))
        scope["auth"] = credential
        scope["user"] = None if credential is None else await self._look_up(credential)
        await next_app(scope, receive, send)

    def _credential(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Credential | None:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return Credential.from_secret("token", token.strip())
        secret = connection.cookies.get(self._cookie)
        return Credential.from_secret("session", secret) if secret else None

    async def _look_up(self, credential: Credential) -> Principal | None:
        async with self._lookup_slot():
            principal = await authentication.authenticate(self._engine, credential)
        if principal is None and credential.kind == "token":
            raise NotLoggedIn("This token is unknown or was withdrawn; make a new one.", code="bad_token")
        return principal

    @asynccontextmanager
    async def _lookup_slot(self) -> AsyncGenerator[None, None]:
        try:
            async with asyncio.timeout(QUEUE_TIMEOUT_SECONDS):
                await self._lookups.acquire()
        except TimeoutError as fault:
            raise Unavailable("Too many people are here at this moment; try again shortly.") from fault
        try:
            yield
        finally:
            self._lookups.release()
