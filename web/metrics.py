"""GET /metrics in Prometheus's text format, for this machine and for callers that send METRICS_TOKEN."""

import hmac
import ipaddress

from litestar import Response, Router, get
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import UNAUTHENTICATED, public
from app.core.errors import Forbidden
from app.monitoring.metrics_relay import MetricsRelay
from app.monitoring.prometheus import exposition
from app.settings import Settings
from web.deps import AnyRequest, client_address

FORWARDED_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Added by a proxy: its request comes from loopback, although the client is elsewhere."""


def metrics_router() -> Router:
    """Public for the guards, because neither API tokens nor log-in sessions give access to it."""
    return Router(
        "/", route_handlers=[metrics], guards=[public], opt=dict(UNAUTHENTICATED), include_in_schema=False
    )


@get("/metrics")
async def metrics(
    request: AnyRequest,
    session: NamedDependency[AsyncSession],
    metrics_relay: NamedDependency[MetricsRelay],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The metrics of every process and of the queue. They hold no name, text or id of a person."""
    if not may_read(request, settings.web.metrics_token):
        raise Forbidden("Metrics are for this machine, or for a bearer of METRICS_TOKEN.")
    body, media_type = await exposition(session, metrics_relay, request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": media_type})


def may_read(request: AnyRequest, token: str | None) -> bool:
    """Whether the request carries the token, or comes from this machine and not through a proxy."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return True
    if any(name in request.headers for name in FORWARDED_HEADERS):
        return False
    try:
        return ipaddress.ip_address(client_address(request)).is_loopback
    except ValueError:
        return False
