"""What handlers get by name: session, uow, user, visitor, locale, and what the process holds open."""

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
    units: UnitOfWorkFactory, reads: SessionFactory, held: Mapping[str, object]
) -> dict[str, Provide]:
    """Providers for the whole application.

    - `session: AsyncSession`: for reading only; what it writes would be committed at once, piece by piece.
    - `uow: UnitOfWork`: for writing; commits after the handler returned and before the first byte leaves,
      rolls back when it raised. It takes a connection at its first query.
    - `user: Principal` (401 when nobody is logged in), `visitor: Principal | None` for public pages.
    - `locale: Locale` of the page.
    - Each of `held` under its own name; web/resources.py lists them.
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
        "locale": Provide(locale_of, sync_to_thread=False),
        **{name: _holding(value) for name, value in held.items()},
    }


def _holding(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


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


def client_address(request: AnyRequest) -> str:
    """The client's address. Behind a proxy of TRUSTED_PROXIES it is the one that the proxy vouches for."""
    return request.client.host if request.client is not None else "unknown"
