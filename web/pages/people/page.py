"""Loads the pages of people."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import administration
from app.accounts.models import User
from app.accounts.principal import Principal
from web.pages.people.view import (
    LoginState,
    PeoplePage,
    PeopleSearch,
    PersonItem,
    PersonPage,
    TokenItem,
)

PEOPLE_PER_PAGE = 50


async def load_people(session: AsyncSession, admin: Principal, search: PeopleSearch) -> PeoplePage:
    """One page of the list. Raises BadInput for an `after` that is not ours."""
    rows = await administration.search(
        session, admin, search.q, search.role, search.after, PEOPLE_PER_PAGE + 1
    )
    shown = rows[:PEOPLE_PER_PAGE]
    following = None
    if len(rows) > PEOPLE_PER_PAGE:
        parameters = {"q": search.q, "role": search.role, "after": shown[-1].id}
        following = "/people?" + urlencode({name: value for name, value in parameters.items() if value})
    return PeoplePage(tuple(_item(one) for one in shown), search, following)


async def load_person(session: AsyncSession, admin: Principal, person: User) -> PersonPage:
    """The page of a person."""
    sessions, tokens = await administration.sessions_and_tokens(session, person.id)
    return PersonPage(
        item=_item(person),
        is_self=person.id == admin.user_id,
        sessions=sessions,
        tokens=tuple(TokenItem(one.id, one.name, one.created_at) for one in tokens),
        code_until=person.code_until,
        blocked_at=person.blocked_at,
    )


def _item(person: User) -> PersonItem:
    first_names = " ".join(part for part in (person.given_name, person.infix) if part)
    return PersonItem(
        id=person.id,
        name=person.name,
        sorted_name=f"{person.family_name}, {first_names}" if person.family_name else first_names,
        role=person.role,
        login_state=_login_state(person),
        email=person.email or "",
        number=person.number or "",
        class_name=person.class_name or "",
    )


def _login_state(person: User) -> LoginState:
    if person.blocked_at is not None:
        return "blocked"
    if person.email is None:
        return "no_address"
    if person.code_until is not None:
        return "code" if person.code_until > datetime.now(UTC) else "code_old"
    return "password" if person.password_hash is not None else "none"
