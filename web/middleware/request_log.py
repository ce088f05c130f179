"""Around everything, unknown addresses included: request id, security headers, one log line per request."""

import re
import time
from collections.abc import Mapping

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.accounts.principal import Principal
from app.core.ids import ulid
from app.core.logs import frames_of

log = structlog.get_logger("terugblik.web")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Set where the answer does not say otherwise: nothing is cached unless its handler knows that it may be."""

HSTS = "max-age=31536000; includeSubDomains"

QUIET = ("/static", "/health", "/ready")
"""Not worth a log line while they succeed."""


class Edge:
    """The outermost layer. The log line has the route's template and ids, never a query or a path as sent."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        wanted = {**SECURITY_HEADERS, **({"Strict-Transport-Security": HSTS} if secure else {})}
        self._headers = {name.lower().encode(): value.encode() for name, value in wanted.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises RuntimeError when an answer broke off midway: the server then closes the connection."""
        request_id = _request_id(scope)
        scope["state"]["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.monotonic()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = {name.lower(): value for name, value in message["headers"]}
                extra = {name: value for name, value in self._headers.items() if name not in said}
                extra[b"x-request-id"] = request_id.encode()
                message["headers"] = [*message["headers"], *extra.items()]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            log.error("answer_broken_off", error=type(error).__name__, trace=frames_of(error))
            raise RuntimeError("The answer broke off; the log line above says where.") from None
        finally:
            _write_line(scope, status, time.monotonic() - began)


def _request_id(scope: Scope) -> str:
    """The id that a proxy gave, if it looks like one, else a new one."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    text = given.decode("latin-1")
    return text if _GIVEN_ID.fullmatch(text) else ulid()


def _write_line(scope: Scope, status: int, seconds: float) -> None:
    route = scope.get("path_template", "unknown")
    if status < 400 and route.startswith(QUIET):
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
