"""GET /api/v1/me: who is logged in, with which role, at which school."""

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import schools
from app.accounts.guards import requires
from app.accounts.principal import Principal, Role
from app.core.locale import Locale


class UserView(msgspec.Struct):
    """The logged-in user."""

    id: int
    name: str
    locale: Locale


class SchoolView(msgspec.Struct):
    """The school of that user."""

    id: int
    slug: str
    name: str
    time_zone: str


class Me(msgspec.Struct):
    """The answer of GET /api/v1/me."""

    user: UserView
    role: Role
    school: SchoolView


class MeController(Controller):
    """The logged-in user."""

    path = "/api/v1/me"
    tags = ("accounts",)

    @get("/", guards=[requires()], summary="Who is logged in")
    async def me(self, session: NamedDependency[AsyncSession], user: NamedDependency[Principal]) -> Me:
        """The user, the role and the school that the token or the cookie belongs to."""
        school = await schools.get(session, user.school_id)
        return Me(
            user=UserView(id=user.user_id, name=user.name, locale=user.locale),
            role=user.role,
            school=SchoolView(id=school.id, slug=school.slug, name=school.name, time_zone=school.time_zone),
        )
