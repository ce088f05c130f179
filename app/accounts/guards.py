"""Who may call a route, declared above its handler: `guards=[requires("teacher", "admin")]` or `[public]`.

And how often: `opt=QUEUES_ONE`, `opt=QUEUES_MANY`; other calls of the API count as "other".
"""

from collections.abc import Mapping
from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.accounts.principal import ROLES, Principal, Role
from app.core.errors import Forbidden, NotLoggedIn

UNAUTHENTICATED: Mapping[str, bool] = {"unauthenticated": True}
"""`opt=` of routes that never look at who is asking, such as health checks and static files: no query is
spent on them, and they answer while the database is away."""


Rate = Literal["queue", "batch", "other"]
"""The rate limits that a call can count for; how many are allowed is in settings."""

QUEUES_ONE: Mapping[str, Rate] = {"rate": "queue"}
"""`opt=` of calls and forms that queue one summary."""

QUEUES_MANY: Mapping[str, Rate] = {"rate": "batch"}
"""`opt=` of calls and forms that queue a whole class."""


class Access:
    """A guard that is also a declaration: `roles` is None for everybody, logged in or not.

    Raises NotLoggedIn or Forbidden. Which *object* a person may see is decided in services.
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
"""Anybody, logged in or not."""


def requires(*roles: Role) -> Access:
    """Any of these roles; without arguments anybody who is logged in."""
    return Access(frozenset(roles or ROLES))


def declared_access(handler: BaseRouteHandler) -> list[Access]:
    """What the handler and its layers declare; a test fails for a route where this is empty."""
    return [guard for guard in handler.resolve_guards() if isinstance(guard, Access)]
