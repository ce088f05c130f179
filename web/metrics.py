"""GET /metrics in Prometheus's text format, for this machine or whoever holds METRICS_TOKEN."""

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

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy on this machine adds: such a request comes from loopback and yet from elsewhere."""


def metrics_router() -> Router:
    """Public for the guards: tokens and logins of people have nothing to do with it."""
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
    """The numbers of every process and of the queue. They carry no name, text or id of a person."""
    if not may_read(request, settings.web.metrics_token):
        raise Forbidden("Metrics are for this machine, or for a bearer of METRICS_TOKEN.")
    body, media_type = await exposition(session, metrics_relay, request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": media_type})


def may_read(request: AnyRequest, token: str | None) -> bool:
    """Whether it comes from this machine, and not through a proxy on it; or carries the token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return True
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(client_address(request)).is_loopback
    except ValueError:
        return False
