"""Users: what is stored of one, adding and changing one, and the password and language of one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import sessions_repository, users_repository
from app.accounts.models import User
from app.accounts.passwords import Passwords
from app.accounts.principal import ROLES, Role
from app.audit.actions import Action
from app.audit.service import Actor, note
from app.core.db import lock_keys
from app.core.errors import BadInput, Conflict, NotFound
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

MAX_LENGTHS = {"number": 32, "given_name": 100, "infix": 30, "family_name": 100, "class_name": 50}
"""Characters, as the columns have them."""
MAX_EMAIL_LENGTH = 254
MAX_ALIAS_LENGTH = 100
MAX_ALIASES = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a user. `aliases` are nicknames, which a summary must not hold either."""

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
class NewUser(Profile):
    """A user to add. `password_hash` is what `Passwords.hash` gives; with None the user cannot log in yet."""

    password_hash: str | None = None


async def create(uow: UnitOfWork, actor: Actor, user: NewUser) -> User:
    """Add a user to the actor's school and return the row.

    Raises BadInput that names the field, and Conflict for an e-mail address in use at any school or a number
    in use at this one.
    """
    values = await _checked(uow.session, actor.school_id, 0, user)
    row = User(school_id=actor.school_id, password_hash=user.password_hash, **values)
    uow.session.add(row)
    await uow.session.flush()
    note(uow, actor, Action.PERSON_ADDED, ("user", row.id), role=user.role)
    return row


async def change(uow: UnitOfWork, actor: Actor, user: User, profile: Profile) -> None:
    """Replace the user's profile. Raises as `create` does."""
    values = await _checked(uow.session, user.school_id, user.id, profile)
    changed = {name: value for name, value in values.items() if getattr(user, name) != value}
    role = user.role
    for name, value in changed.items():
        setattr(user, name, value)
    await uow.session.flush()
    roles = {"role": [role, profile.role]} if "role" in changed else {}
    note(uow, actor, Action.PERSON_CHANGED, ("user", user.id), fields=sorted(changed), **roles)


async def _checked(session: AsyncSession, school_id: int, user_id: int, profile: Profile) -> dict[str, Any]:
    """The columns of a profile. Another transaction that wants the same address or number waits for ours."""
    values = _columns(profile)
    email, number = values["email"], values["number"]
    await lock_keys(session, [f"email {email}", f"number {school_id} {number}"])
    if email and await users_repository.email_is_taken(session, user_id, email):
        raise Conflict("This e-mail address is in use already.", field="email")
    if number and await users_repository.number_is_taken(session, user_id, school_id, number):
        raise Conflict("This number is in use already.", field="number")
    return values


def _columns(profile: Profile) -> dict[str, Any]:
    """A profile as it is stored, without surplus spaces. Raises BadInput that names the field."""
    email = clean_email(profile.email) if profile.email else None
    if profile.role not in ROLES:
        raise BadInput(f"A role is one of {', '.join(ROLES)}.", field="role")
    if not profile.given_name.strip():
        raise BadInput("Give the person a first name.", field="given_name")
    values: dict[str, Any] = {
        "role": profile.role,
        "email": email,
        "number": (profile.number or "").strip() or None,
        "given_name": profile.given_name.strip(),
        "infix": profile.infix.strip(),
        "family_name": profile.family_name.strip(),
        "class_name": (profile.class_name or "").strip() or None,
        "locale": profile.locale,
        "aliases": [alias.strip() for alias in profile.aliases if alias.strip()],
    }
    for name, limit in MAX_LENGTHS.items():
        if len(values[name] or "") > limit:
            raise BadInput(f"This has at most {limit} characters.", field=name, code="too_long")
    if len(values["aliases"]) > MAX_ALIASES or any(len(one) > MAX_ALIAS_LENGTH for one in values["aliases"]):
        raise BadInput(f"At most {MAX_ALIASES} nicknames.", field="aliases", code="too_long")
    return values


def clean_email(email: str) -> str:
    """The form in which an address is stored. Raises BadInput."""
    cleaned = email.strip().lower()
    if len(cleaned) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(cleaned):
        raise BadInput("This is not an e-mail address.", field="email")
    return cleaned


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    """The user of this address, at whichever school; None when nobody has it."""
    return await users_repository.by_email(session, email.strip().lower())


async def list_of_school(session: AsyncSession, school_id: int, role: Role | None = None) -> Sequence[User]:
    """The users of a school, by family name; with `role` only those of that role."""
    return await users_repository.list_of_school(session, school_id, role)


async def set_password(
    units: UnitOfWorkFactory, passwords: Passwords, actor: Actor, user_id: int, password: str
) -> None:
    """Set a password and end the user's login sessions: somebody who knew the old one may be logged in.

    The hash is computed while no connection is held. Raises BadInput, NotFound, Unavailable.
    """
    password_hash = await passwords.hash(password)
    async with units() as uow:
        if await users_repository.get(uow.session, actor.school_id, user_id) is None:
            raise NotFound("There is no such person.")
        await users_repository.set_password_hash(uow.session, user_id, password_hash)
        await sessions_repository.remove_of_user(uow.session, user_id)
        note(uow, actor, Action.PERSON_PASSWORD_SET, ("user", user_id))


async def set_locale(uow: UnitOfWork, user_id: int, locale: Locale) -> None:
    """Set the language of the user's pages and summaries."""
    await users_repository.set_locale(uow.session, user_id, locale)
