"""Decisions on schools, people and API tokens. Logging in and out is in login.py."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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

MARK = "tb_"
"""Makes a leaked token recognisable to people and to secret scanners."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What it takes to add a person. `password_hash` comes from `Passwords.hash`; None: cannot log in."""

    role: Role
    email: str | None
    given_name: str
    infix: str = ""
    family_name: str = ""
    number: str | None = None
    class_name: str | None = None
    locale: Locale | None = None
    aliases: tuple[str, ...] = ()
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
    email = clean_email(person.email) if person.email else None
    if person.role not in ROLES:
        raise BadInput(f"A role is one of {', '.join(ROLES)}.", field="role")
    if not person.given_name.strip():
        raise BadInput("Give the person a first name.", field="given_name")
    if email and await repository.user_by_email(uow.session, email) is not None:
        raise Conflict("This e-mail address is in use already.", field="email")
    user = User(
        school_id=school_id,
        role=person.role,
        email=email,
        number=person.number,
        given_name=person.given_name.strip(),
        infix=person.infix.strip(),
        family_name=person.family_name.strip(),
        aliases=list(person.aliases),
        class_name=person.class_name,
        locale=person.locale,
        password_hash=person.password_hash,
    )
    uow.session.add(user)
    await uow.session.flush()
    return user


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
