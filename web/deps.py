"""What handlers can ask for by name: session, uow, user, visitor, locale, and what the process holds open."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from litestar import Request
from litestar.di import Provide
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.db import SessionFactory
from app.core.errors import NotLoggedIn
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory

AnyRequest = Request[Principal | None, Any, Any]


def dependencies(
    units: UnitOfWorkFactory, reads: SessionFactory, resources: Mapping[str, object]
) -> dict[str, Provide]:
    """The dependencies of the whole application.

    - `session: AsyncSession` is for reading. Each statement commits by itself, so writes would not be atomic.
    - `uow: UnitOfWork` is for writing. It commits after the handler has returned and before the first byte of
      the response is sent, and rolls back when the handler raised. It takes a connection at its first query.
    - `user: Principal` is the person who is logged in (401 when nobody is).
    - `visitor: Principal | None` is the same for public pages.
    - `locale: Locale` is the language of the page.
    - Each of `resources` under its name; web/resources.py lists them.
    """

    async def reading_session() -> AsyncGenerator[AsyncSession, None]:
        async with reads() as session:
            yield session

    async def unit_of_work() -> AsyncGenerator[UnitOfWork, None]:
        async with units() as unit:
            yield unit

    return {
        "session": Provide(reading_session),
        "uow": Provide(unit_of_work),
        "user": Provide(current_user, sync_to_thread=False),
        "visitor": Provide(current_visitor, sync_to_thread=False),
        "locale": Provide(request_locale, sync_to_thread=False),
        **{name: _provide_value(value) for name, value in resources.items()},
    }


def _provide_value(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def current_user(request: AnyRequest) -> Principal:
    """The person who is logged in. Raises NotLoggedIn; the guard of the route should have raised it first."""
    if request.user is None:
        raise NotLoggedIn("Log in to see this.")
    return request.user


def current_visitor(request: AnyRequest) -> Principal | None:
    """The person who is logged in, or None."""
    return request.user


def request_locale(request: AnyRequest) -> Locale:
    """The language that the person chose. For visitors: the first of ours in Accept-Language, else Dutch."""
    user: Principal | None = request.scope.get("user")
    if user is not None:
        return user.locale
    for preference in request.headers.get("accept-language", "").split(","):
        language = preference.split(";")[0].strip().lower()[:2]
        if language == "en":
            return "en"
        if language == "nl":
            return "nl"
    return "nl"


def client_address(request: AnyRequest) -> str:
    """The client's address. Behind a proxy of TRUSTED_PROXIES it is the address that the proxy reports."""
    return request.client.host if request.client is not None else "unknown"
