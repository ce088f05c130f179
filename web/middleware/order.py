"""The order in which a request meets the middleware. `web.main` builds the application from these functions.

Around the router: every request, also one for an unknown address. Before the handler: requests for a known
route. Last come the guards: `csrf_guard`, then those of the route itself.
"""

from collections.abc import Callable, Sequence
from functools import partial

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Guard

from app.settings import WebSettings
from web.middleware.authentication import Authentication
from web.middleware.csrf import csrf_guard
from web.middleware.drain_body import DrainBody
from web.middleware.limiter import Limiter
from web.middleware.rate_limit import RateLimit, RateLimitHeaders
from web.middleware.request_log import RequestLog
from web.middleware.security_headers import SecurityHeaders
from web.middleware.trusted_proxies import trust_proxies

Layer = Callable[[ASGIApp], ASGIApp]


def around_the_router(web: WebSettings, limiter: Limiter) -> Sequence[Layer]:
    """The first five. The first is met first, and sees the response last."""
    return (
        partial(trust_proxies, trusted=web.trusted_proxies),
        DrainBody,
        RequestLog,
        partial(SecurityHeaders, secure=web.secure_cookies),
        partial(RateLimitHeaders, limiter=limiter),
    )


def before_the_handler(authentication: Authentication, limiter: Limiter) -> Sequence[ASGIMiddleware]:
    """The next two, which know the route."""
    return authentication, RateLimit(limiter)


def guards(web: WebSettings) -> Sequence[Guard]:
    """The guards of all routes. They run after the middleware and before the guards of the route."""
    return (csrf_guard(web),)


def wrap(app: ASGIApp, layers: Sequence[Layer]) -> ASGIApp:
    """The application with these layers around it, the first of them outermost."""
    for layer in reversed(layers):
        app = layer(app)
    return app
