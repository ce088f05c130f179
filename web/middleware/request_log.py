"""Gives each request an id and writes one log line about it."""

import re
import time

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.accounts.principal import Principal
from app.core.ids import ulid
from app.core.logs import error_frames

log = structlog.get_logger("terugblik.web")

_VALID_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

UNLOGGED_ROUTES = ("/static", "/health", "/ready")
"""Beginnings of routes that get a log line only when they fail."""


class RequestLog:
    """The log line holds the route's template and ids. It never holds the query or the path as it was sent.

    The id is on every log line of the request, and in X-Request-ID of the response.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises RuntimeError when a response broke off midway; the server then closes the connection."""
        request_id = _request_id(scope)
        scope["state"]["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started_at = time.monotonic()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            log.error("answer_broken_off", error=type(error).__name__, trace=error_frames(error))
            raise RuntimeError("The response broke off; the log line above says where.") from None
        finally:
            _write_line(scope, status, time.monotonic() - started_at)


def _request_id(scope: Scope) -> str:
    """The id that a proxy sent, if it has the form of one; else a new id."""
    sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    text = sent.decode("latin-1")
    return text if _VALID_ID.fullmatch(text) else ulid()


def _write_line(scope: Scope, status: int, seconds: float) -> None:
    route = scope.get("path_template", "unknown")
    if status < 400 and route.startswith(UNLOGGED_ROUTES):
        return
    user: Principal | None = scope.get("user")
    log.info(
        "request",
        method=scope.get("method"),
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        user_id=user.user_id if user else None,
        school_id=user.school_id if user else None,
    )
