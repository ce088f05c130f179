"""What handlers get by name: session, uow, units, sessions, user, visitor, settings, locale, passwords."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.di import Provide
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.passwords import Passwords
from app.accounts.principal import Locale, Principal
from app.core.db import SessionFactory, make_session_factory
from app.core.dispatch import Dispatcher
from app.core.errors import NotLoggedIn
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Resources:
    """What one web process holds open; made and closed in web/main.py.

    `autocommit` shares the pool of `engine`: reads through it send no BEGIN and no COMMIT, which halves what
    a small read costs (and at READ COMMITTED a transaction around reads would promise nothing more).
    """

    settings: Settings
    engine: AsyncEngine
    autocommit: AsyncEngine
    sessions: SessionFactory
    redis: Redis
    dispatcher: Dispatcher
    units: UnitOfWorkFactory
    passwords: Passwords


AnyRequest = Request[Principal | None, Any, Any]


def dependencies(resources: Resources) -> dict[str, Provide]:
    """Providers for the whole application.

    - `session: AsyncSession`: for reading only; what it writes would be committed at once, piece by piece.
    - `uow: UnitOfWork`: for writing; commits after the handler returned and before the first byte leaves,
      rolls back when it raised. It takes a connection at its first query.
    - `units: UnitOfWorkFactory`, `sessions: SessionFactory`: for streams and for handlers that must not
      hold a transaction while they wait.
    - `user: Principal` (401 when nobody is logged in), `visitor: Principal | None` for public pages.
    - `settings`, `locale`, `passwords`.
    """

    async def unit_of_work() -> AsyncGenerator[UnitOfWork, None]:
        async with resources.units() as unit:
            yield unit

    reads = make_session_factory(resources.autocommit)

    async def reading_session() -> AsyncGenerator[AsyncSession, None]:
        async with reads() as session:
            yield session

    return {
        "session": Provide(reading_session),
        "uow": Provide(unit_of_work),
        "units": Provide(lambda: resources.units, sync_to_thread=False),
        "sessions": Provide(lambda: resources.sessions, sync_to_thread=False),
        "settings": Provide(lambda: resources.settings, sync_to_thread=False),
        "passwords": Provide(lambda: resources.passwords, sync_to_thread=False),
        "user": Provide(current_user, sync_to_thread=False),
        "visitor": Provide(current_visitor, sync_to_thread=False),
        "locale": Provide(locale_of, sync_to_thread=False),
    }


def current_user(request: AnyRequest) -> Principal:
    """Who is logged in. Raises NotLoggedIn, though a guard should have said so before."""
    if request.user is None:
        raise NotLoggedIn("Log in to see this.")
    return request.user


def current_visitor(request: AnyRequest) -> Principal | None:
    """Who is logged in, if anybody."""
    return request.user


def locale_of(request: AnyRequest) -> Locale:
    """The person's own language; for visitors the first of ours that the browser asks for; else Dutch."""
    user: Principal | None = request.scope.get("user")
    if user is not None:
        return user.locale
    for wish in request.headers.get("accept-language", "").split(","):
        language = wish.split(";")[0].strip().lower()[:2]
        if language == "en":
            return "en"
        if language == "nl":
            return "nl"
    return "nl"
