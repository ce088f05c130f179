"""The composition root: builds the web application from its parts, and `python -m web.main` serves it."""

import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import uvicorn
from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from app.accounts.api import MeController
from app.accounts.guards import UNAUTHENTICATED, public
from app.accounts.passwords import Passwords
from app.core import logs
from app.evaluations.api import EvaluationsApi
from app.imports.api import ImportsApi
from app.monitoring.api import QueueApi
from app.scheduling.api import SchedulesApi
from app.settings import Settings, SettingsError, load
from app.summaries import api as summaries
from app.webhooks.api import WebhooksApi
from web.deps import dependencies
from web.errors import exception_handlers
from web.health import health_router
from web.live.controllers.api_streams import ApiStreams
from web.live.controllers.dashboard_stream import DashboardStream
from web.live.controllers.page_streams import PageStreams
from web.metrics import metrics_router
from web.middleware.order import around_the_router, before_the_handler, guards, wrap
from web.openapi import declare_errors, openapi_config
from web.pages.router import pages_router
from web.resources import Resources, make_resources
from web.templating import STATIC, static_path
from workers.dispatch import RedisDispatcher

MAX_BODY_BYTES = 1_000_000
"""Imports allow more; see their routes."""

SHUTDOWN_TIMEOUT_SECONDS = 5
KEEP_ALIVE_TIMEOUT_SECONDS = 65
"""Longer than the 60 s of common load balancers, so that they close idle connections and we do not."""

CONTROLLERS: Sequence[ControllerRouterHandler] = (
    MeController,
    EvaluationsApi,
    ImportsApi,
    *summaries.controllers,
    ApiStreams,
    PageStreams,
    DashboardStream,
    SchedulesApi,
    WebhooksApi,
    QueueApi,
)


def create_app(settings: Settings, *, passwords: Passwords | None = None) -> Litestar:
    """The application. Its lifespan starts what runs in the background, and closes everything at the end."""
    dispatcher = RedisDispatcher(settings.redis)
    resources = make_resources(settings, dispatcher, passwords or Passwords())

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None, None]:
        await dispatcher.open()
        await resources.hub.open()
        await resources.reauthoriser.open()
        await resources.metrics_relay.open()
        try:
            yield
        finally:
            await resources.close()
            await dispatcher.close()

    app = Litestar(
        route_handlers=[*CONTROLLERS, *routers(resources)],
        dependencies=dependencies(resources.units, resources.reads, resources.injectables()),
        middleware=before_the_handler(resources.authentication, resources.limiter),
        guards=guards(settings.web),
        exception_handlers=exception_handlers(settings.web),
        lifespan=[lifespan],
        openapi_config=openapi_config(),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        debug=False,
    )
    declare_errors(app)
    app.asgi_handler = wrap(app.asgi_handler, around_the_router(settings.web, resources.limiter))
    return app


def routers(resources: Resources) -> tuple[Router, ...]:
    """What is not the API: pages, health, metrics and static files."""
    return pages_router(), health_router(resources), metrics_router(), static_router()


def static_router() -> Router:
    """Static files. Their path holds a digest of their content, so browsers may keep them for a year.

    Nothing else is compressed, because a page holds the session's CSRF token beside what the reader searched
    for (CVE-2013-3587, "BREACH").
    """
    return create_static_files_router(
        path=static_path(),
        directories=[STATIC],
        cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
        guards=[public],
        opt=dict(UNAUTHENTICATED),
        middleware=[DefineMiddleware(CompressionMiddleware, config=CompressionConfig(backend="gzip"))],
    )


def create_app_from_env() -> Litestar:
    """An ASGI factory: `uvicorn --factory web.main:create_app_from_env`. Raises SettingsError."""
    settings = load(os.environ)
    logs.configure(settings.log_format, settings.log_level)
    return create_app(settings)


def serve() -> None:
    """Serve until SIGTERM or SIGINT; running requests get a few seconds more. Raises SettingsError.

    uvicorn's proxy handling and access log are off, because web/middleware has both. uvicorn gets the name of
    the application and not an object: with WEB_CONCURRENCY (which Heroku sets) it starts several processes,
    and each builds its own.
    """
    settings = load(os.environ)
    logs.configure(settings.log_format, settings.log_level)
    uvicorn.run(
        "web.main:create_app_from_env",
        factory=True,
        host=settings.web.host,
        port=settings.web.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_TIMEOUT_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_SECONDS,
    )


def main() -> None:
    """Run the web process. Wrong settings end it with one sentence for each."""
    try:
        serve()
    except SettingsError as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
