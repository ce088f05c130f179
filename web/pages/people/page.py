"""The pages of people: what they show, read for one administrator."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import administration
from app.accounts.models import User
from app.accounts.principal import Principal
from web.pages.people.view import (
    PeoplePage,
    PeopleSearch,
    PersonItem,
    PersonPage,
    TokenItem,
    WayIn,
)

LISTED = 50
"""People on one page."""


async def index(session: AsyncSession, admin: Principal, search: PeopleSearch) -> PeoplePage:
    """One page of the list. Raises BadInput for an `after` that is not ours."""
    rows = await administration.search(session, admin, search.q, search.role, search.after, LISTED + 1)
    shown = rows[:LISTED]
    following = None
    if len(rows) > LISTED:
        kept = {"q": search.q, "role": search.role, "after": shown[-1].id}
        following = "/people?" + urlencode({name: value for name, value in kept.items() if value})
    return PeoplePage(tuple(_item(one) for one in shown), search, following)


async def load(session: AsyncSession, admin: Principal, person: User) -> PersonPage:
    """The page of a person."""
    sessions, tokens = await administration.sessions_and_tokens(session, person.id)
    return PersonPage(
        item=_item(person),
        oneself=person.id == admin.user_id,
        sessions=sessions,
        tokens=tuple(TokenItem(one.id, one.name, one.created_at) for one in tokens),
        code_until=person.code_until,
        blocked_at=person.blocked_at,
    )


def _item(person: User) -> PersonItem:
    first = " ".join(part for part in (person.given_name, person.infix) if part)
    return PersonItem(
        id=person.id,
        name=person.name,
        sorted_name=f"{person.family_name}, {first}" if person.family_name else first,
        role=person.role,
        way_in=_way_in(person),
        email=person.email or "",
        number=person.number or "",
        class_name=person.class_name or "",
    )


def _way_in(person: User) -> WayIn:
    if person.blocked_at is not None:
        return "blocked"
    if person.email is None:
        return "no_address"
    if person.code_until is not None:
        return "code" if person.code_until > datetime.now(UTC) else "code_old"
    return "password" if person.password_hash is not None else "none"
