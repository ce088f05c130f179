"""Who may call a route, declared above its handler: `guards=[requires("teacher", "admin")]` or `[public]`.

`opt=QUEUES_ONE` and `opt=QUEUES_MANY` choose the rate limit; other calls of the API count as "other".
"""

from collections.abc import Mapping
from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.accounts.principal import ROLES, Principal, Role
from app.core.errors import Forbidden, NotLoggedIn

UNAUTHENTICATED: Mapping[str, bool] = {"unauthenticated": True}
"""`opt=` of routes that are the same for everybody, such as health checks and static files. No credential is
looked up for them, so they answer while the database is down."""


Rate = Literal["queue", "batch", "other"]
"""The rate limit that a call counts for; the settings hold how many are allowed."""

QUEUES_ONE: Mapping[str, Rate] = {"rate": "queue"}
"""`opt=` of calls and forms that queue one summary."""

QUEUES_MANY: Mapping[str, Rate] = {"rate": "batch"}
"""`opt=` of calls and forms that queue a whole class."""


class Access:
    """A guard on the role, which a test can read; `roles` is None for everybody, logged in or not.

    Calling it raises NotLoggedIn or Forbidden. Services decide which *object* a user may see.
    """

    def __init__(self, roles: frozenset[Role] | None) -> None:
        self.roles = roles

    async def __call__(
        self, connection: ASGIConnection[Any, Principal | None, Any, Any], _: BaseRouteHandler
    ) -> None:
        if self.roles is None:
            return
        if connection.user is None:
            raise NotLoggedIn("Log in to see this.")
        if connection.user.role not in self.roles:
            raise Forbidden("Your role does not allow this.")


public = Access(None)
"""Everybody, logged in or not."""


def requires(*roles: Role) -> Access:
    """A guard for any of these roles; without arguments for every logged-in user."""
    return Access(frozenset(roles or ROLES))


def declared_access(handler: BaseRouteHandler) -> list[Access]:
    """The declarations of the handler and its layers. A test fails for a route that has none."""
    return [guard for guard in handler.resolve_guards() if isinstance(guard, Access)]
