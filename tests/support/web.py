"""The web application under test, with the cast in its database: in this process, or over real HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from litestar import Litestar

from app.accounts.passwords import Passwords
from app.core.db import make_engine, make_session_factory
from app.core.events import Publisher
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory, unit_of_work_factory
from app.settings import Settings, load
from tests.support.cast import PASSWORD, Cast, Person, make_cast
from tests.support.eventually import eventually
from tests.support.one_task import in_one_task
from web.main import create_app
from web.middleware.csrf import csrf_token
from web.session_cookie import cookie_name
from web.templating import static_path
from workers.dispatch import RedisDispatcher

BASE = "http://testserver.local"


def cheap_hasher() -> PasswordHasher:
    """Argon2id with the least of everything: the same code, a thousandth of the work."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@asynccontextmanager
async def open_units(settings: Settings) -> AsyncIterator[UnitOfWorkFactory]:
    """Units of work on a database, without an application around them."""
    engine = make_engine(settings.database, "terugblik-test")
    redis = make_async_redis(settings.redis)
    dispatcher = RedisDispatcher(settings.redis)
    try:
        yield unit_of_work_factory(make_session_factory(engine), dispatcher, Publisher(redis))
    finally:
        await dispatcher.close()
        await redis.aclose()
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class Web:
    """An application that runs, and clients that are logged in. Clients keep cookies and follow nothing."""

    app: Litestar
    settings: Settings
    units: UnitOfWorkFactory
    cast: Cast

    @property
    def static(self) -> str:
        """Where static files are."""
        return static_path()

    def anonymous(self) -> httpx.AsyncClient:
        """Nobody."""
        return self._client({}, {})

    def as_user(self, person: Person) -> httpx.AsyncClient:
        """With the API token, as a program."""
        return self._client({"Authorization": f"Bearer {person.token}"}, {})

    def by_cookie(self, person: Person, *, csrf: bool = True) -> httpx.AsyncClient:
        """With the session cookie and the CSRF header, as a page of ours."""
        headers = {"Origin": BASE, "Accept": "text/html"}
        if csrf:
            headers["X-CSRF-Token"] = csrf_token(self.settings.web, person.principal)
        return self._client(headers, {cookie_name(self.settings.web): person.cookie})

    def _client(self, headers: dict[str, str], cookies: dict[str, str]) -> httpx.AsyncClient:
        """Errors of the application are answers, as over the network."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers, cookies=cookies)


@asynccontextmanager
async def open_web(settings: Settings) -> AsyncIterator[Web]:
    """An application with the cast in its database, which is that of `settings`."""
    passwords = Passwords(cheap_hasher())
    app = create_app(settings, passwords=passwords)
    async with app.lifespan(), open_units(settings) as units:
        cast = await make_cast(units, await passwords.hash(PASSWORD))
        yield Web(app, settings, units, cast)


@pytest.fixture
async def web(settings: Settings) -> AsyncIterator[Web]:
    """The application on a fresh database, with the cast."""
    async with in_one_task(open_web(settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
async def shared_web(module_environ: dict[str, str]) -> AsyncIterator[Web]:
    """As `web`, for modules whose tests keep out of each other's way: the cast is made once."""
    async with in_one_task(open_web(load(module_environ))) as opened:
        yield opened


class _Server(uvicorn.Server):
    """A server within the test's own loop, which leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Litestar) -> AsyncIterator[str]:
    """Serve an application whose lifespan runs already over real HTTP, for streams; yields the base URL."""
    config = uvicorn.Config(
        app,
        port=0,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
