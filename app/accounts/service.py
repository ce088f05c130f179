"""Decisions on schools, people and API tokens. Logging in and out is in login.py."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import repository
from app.accounts.models import ApiToken, School, User
from app.accounts.passwords import Passwords
from app.accounts.principal import ROLES, Locale, Role
from app.core.errors import BadInput, Conflict, NotFound
from app.core.ids import fingerprint, new_secret
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

LONGEST = {"number": 32, "given_name": 100, "infix": 30, "family_name": 100, "class_name": 50}
"""Characters, as the columns have them."""
LONGEST_ALIAS = 100
MOST_ALIASES = 20
FORGET_LIMIT = 1000
"""Rows that one upkeep deletes at most."""

MARK = "tb_"
"""Makes a leaked token recognisable to people and to secret scanners."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person. `aliases` are nicknames, which summaries must not hold either."""

    role: Role
    email: str | None
    given_name: str
    infix: str = ""
    family_name: str = ""
    number: str | None = None
    class_name: str | None = None
    locale: Locale | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPerson(Facts):
    """What it takes to add a person. `password_hash` comes from `Passwords.hash`; None: cannot log in."""

    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; `secret` is shown this once."""

    token_id: int
    secret: str
    created_at: datetime


async def create_school(
    uow: UnitOfWork, *, slug: str, name: str, time_zone: str = "Europe/Amsterdam", locale: Locale = "nl"
) -> School:
    """Add a school. Raises BadInput for a wrong short name or time zone, Conflict when the name is taken."""
    if not _SLUG.fullmatch(slug):
        raise BadInput("A short name has a-z, 0-9 and hyphens, at most 63.", field="slug")
    if not name.strip():
        raise BadInput("Give the school a name.", field="name")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise BadInput(
            "The time zone is not known; an example is Europe/Amsterdam.", field="time_zone"
        ) from fault
    if await repository.school_by_slug(uow.session, slug) is not None:
        raise Conflict("There is a school with this short name already.", field="slug")
    school = School(slug=slug, name=name.strip(), time_zone=time_zone, locale=locale)
    uow.session.add(school)
    await uow.session.flush()
    return school


async def list_schools(session: AsyncSession) -> Sequence[School]:
    """All schools, by short name; for the command line, never for a page."""
    return await repository.schools(session)


async def find_school(session: AsyncSession, slug: str) -> School:
    """Raises NotFound."""
    school = await repository.school_by_slug(session, slug)
    if school is None:
        raise NotFound("There is no school with this short name.", field="slug")
    return school


async def school_of(session: AsyncSession, school_id: int) -> School:
    """The school of a logged-in person."""
    return await repository.school(session, school_id)


async def create_user(uow: UnitOfWork, school_id: int, person: NewPerson) -> User:
    """Add a person. Raises BadInput, and Conflict when the address is in use, at this school or another."""
    values = await _checked(uow.session, school_id, 0, person)
    user = User(school_id=school_id, password_hash=person.password_hash, **values)
    uow.session.add(user)
    await uow.session.flush()
    return user


async def change_user(uow: UnitOfWork, user: User, facts: Facts) -> None:
    """Replace what is known of a person. Raises as `create_user`."""
    for name, value in (await _checked(uow.session, user.school_id, user.id, facts)).items():
        setattr(user, name, value)
    await uow.session.flush()


async def _checked(session: AsyncSession, school_id: int, user_id: int, facts: Facts) -> dict[str, Any]:
    """What may be stored. Whoever wants the same address or number meanwhile waits for the commit."""
    email = clean_email(facts.email) if facts.email else None
    if facts.role not in ROLES:
        raise BadInput(f"A role is one of {', '.join(ROLES)}.", field="role")
    if not facts.given_name.strip():
        raise BadInput("Give the person a first name.", field="given_name")
    values: dict[str, Any] = {
        "role": facts.role,
        "email": email,
        "number": (facts.number or "").strip() or None,
        "given_name": facts.given_name.strip(),
        "infix": facts.infix.strip(),
        "family_name": facts.family_name.strip(),
        "class_name": (facts.class_name or "").strip() or None,
        "locale": facts.locale,
        "aliases": [alias.strip() for alias in facts.aliases if alias.strip()],
    }
    for name, most in LONGEST.items():
        if len(values[name] or "") > most:
            raise BadInput(f"This has at most {most} characters.", field=name, code="too_long")
    if len(values["aliases"]) > MOST_ALIASES or any(len(one) > LONGEST_ALIAS for one in values["aliases"]):
        raise BadInput(f"At most {MOST_ALIASES} nicknames.", field="aliases", code="too_long")
    number = values["number"]
    await repository.lock_keys(session, [f"email {email}", f"number {school_id} {number}"])
    if email and await repository.is_taken(session, user_id, User.email == email):
        raise Conflict("This e-mail address is in use already.", field="email")
    if number and await repository.is_taken(
        session, user_id, User.school_id == school_id, User.number == number
    ):
        raise Conflict("This number is in use already.", field="number")
    return values


def clean_email(email: str) -> str:
    """The form in which an address is stored. Raises BadInput."""
    cleaned = email.strip().lower()
    if len(cleaned) > 254 or not _EMAIL.fullmatch(cleaned):
        raise BadInput("This is not an e-mail address.", field="email")
    return cleaned


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    """The person of this address, of whichever school."""
    return await repository.user_by_email(session, email.strip().lower())


async def list_users(session: AsyncSession, school_id: int, role: Role | None = None) -> Sequence[User]:
    """People of a school, by family name."""
    return await repository.users(session, school_id, role)


async def set_password(
    units: UnitOfWorkFactory, passwords: Passwords, *, school_id: int, user_id: int, password: str
) -> None:
    """Set a password and end all login sessions of the person, for whoever has the old one may be in.

    The hash is computed before a connection is taken. Raises BadInput, NotFound, Unavailable.
    """
    password_hash = await passwords.hash(password)
    async with units() as unit:
        if await repository.user_of_school(unit.session, school_id, user_id) is None:
            raise NotFound("There is no such person.")
        await repository.set_password_hash(unit.session, user_id, password_hash)
        await repository.remove_sessions_of(unit.session, user_id)


async def set_locale(uow: UnitOfWork, user_id: int, locale: Locale) -> None:
    """The language in which a person reads everything from now on."""
    await repository.set_locale(uow.session, user_id, locale)


async def create_token(uow: UnitOfWork, user_id: int, name: str) -> NewToken:
    """Make an API token. Raises BadInput when it has no name."""
    if not 1 <= len(name.strip()) <= 100:
        raise BadInput("Give the token a name of at most 100 characters.", field="name")
    secret = MARK + new_secret()
    token = ApiToken(user_id=user_id, name=name.strip(), fingerprint=fingerprint(secret))
    uow.session.add(token)
    await uow.session.flush()
    return NewToken(token_id=token.id, secret=secret, created_at=token.created_at)


async def list_tokens(session: AsyncSession, user_id: int) -> Sequence[ApiToken]:
    """Tokens that still work, newest first."""
    return await repository.tokens_of(session, user_id)


async def revoke_token(uow: UnitOfWork, user_id: int, token_id: int) -> None:
    """Withdraw a token at once. Raises NotFound when the person has no such token that still works."""
    if not await repository.revoke_token(uow.session, user_id, token_id):
        raise NotFound("There is no such token, or it was withdrawn before.")


async def forget_audit(uow: UnitOfWork, days: int) -> None:
    """Delete notes of who looked at or changed what, when they are older."""
    await repository.remove_old_events(uow.session, timedelta(days=days), FORGET_LIMIT)
