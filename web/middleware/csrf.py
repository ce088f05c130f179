"""Refuses requests that another site made in the user's browser (cross-site request forgery, CSRF)."""

import hashlib
import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from app.accounts.principal import Principal
from app.core.errors import Forbidden
from app.settings import WebSettings
from web.deps import AnyRequest

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
FORM_TYPES = frozenset({RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART})


def csrf_token(web: WebSettings, principal: Principal | None) -> str:
    """The token of a login session, for forms and for X-CSRF-Token; empty for visitors and API tokens."""
    if principal is None or principal.session_key is None:
        return ""
    message = b"csrf:" + principal.session_key.encode()
    return hmac.new(web.secret.encode(), message, hashlib.sha256).hexdigest()


def csrf_guard(web: WebSettings) -> Guard:
    """A guard for all routes. It lets safe methods through, and requests with an API token.

    It makes two independent checks (OWASP, Cross-Site Request Forgery Prevention). The browser must not say
    that the request comes from another site; this also protects the log-in form, where there is no session
    yet. With a session, the token must be right. Requests with an API token need neither, because no browser
    sends such a token by itself.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not isinstance(connection, Request) or connection.method in SAFE_METHODS:
            return
        user: Principal | None = connection.user
        if user is not None and user.session_key is None:
            return
        if is_cross_site(connection, web.base_url):
            raise Forbidden("This form was sent from another site.", code="cross_site")
        if user is not None and not hmac.compare_digest(
            (await _sent_token(connection)).encode(), csrf_token(web, user).encode()
        ):
            raise Forbidden("This form is out of date; reload the page and send it again.", code="csrf")

    return guard


def is_cross_site(request: AnyRequest, base_url: str | None) -> bool:
    """Whether the browser says that another site made the request; False when it says nothing.

    Sec-Fetch-Site (w3.org/TR/fetch-metadata) decides where it is sent. Browsers leave it out on plain HTTP;
    there Origin (RFC 6454) is compared with the host of the request and of `base_url`.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return False
    own_hosts = {request.headers.get("host", ""), urlsplit(base_url or "").netloc}
    return urlsplit(origin).netloc not in own_hosts - {""}


async def _sent_token(request: AnyRequest) -> str:
    header = request.headers.get(CSRF_HEADER)
    if header is not None:
        return header
    if request.content_type[0] in FORM_TYPES:
        sent = (await request.form()).get(CSRF_FIELD, "")
        return sent if isinstance(sent, str) else ""
    return ""
