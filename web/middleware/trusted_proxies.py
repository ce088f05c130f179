"""Sets the client's address to the one that a trusted proxy reports."""

from litestar.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def trust_proxies(app: ASGIApp, trusted: tuple[str, ...]) -> ASGIApp:
    """The application behind these proxies (addresses and networks).

    The client's address is the last one in X-Forwarded-For that is not a trusted proxy. The header is ignored
    when it comes from anybody else.
    """
    # The two libraries write the types of the same ASGI interface in different ways.
    return ProxyHeadersMiddleware(app, list(trusted))  # type: ignore[arg-type,return-value]
