"""The form of a person: reads it, fills it, and turns it into a user's profile."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from app.accounts.models import User
from app.accounts.principal import Role
from app.accounts.users import NewUser, Profile
from app.core.errors import AppError, BadInput
from app.core.locale import Locale
from web.pages.people.view import PersonForm
from web.pages.shared.view import FormProblem

ROLES: Mapping[str, Role] = {"pupil": "pupil", "teacher": "teacher", "admin": "admin"}
LOCALES: Mapping[str, Locale] = {"nl": "nl", "en": "en"}
FIELDS = ("role", "given_name", "infix", "family_name", "email", "number", "class_name", "aliases", "locale")


def read(fields: Mapping[str, str]) -> PersonForm:
    """The form as it was filled in. Nothing is checked yet."""
    values: dict[str, Any] = {name: fields.get(name, "") for name in FIELDS}
    return PersonForm(**values)


def for_person(person: User) -> PersonForm:
    """The form filled with the data of this person."""
    values: dict[str, Any] = {name: getattr(person, name) or "" for name in FIELDS}
    return PersonForm(**(values | {"aliases": ", ".join(person.aliases)}))


def with_problem(form: PersonForm, fault: AppError) -> PersonForm:
    """The same form, with the problem at its field."""
    return replace(form, problem=FormProblem(fault.field or "given_name", fault.code))


def profile(form: PersonForm) -> Profile:
    """The profile that was filled in. Raises BadInput."""
    role = ROLES.get(form.role)
    if role is None:
        raise BadInput("Choose a role.", field="role")
    return Profile(
        role=role,
        email=form.email.strip() or None,
        given_name=form.given_name,
        infix=form.infix,
        family_name=form.family_name,
        number=form.number,
        class_name=form.class_name,
        locale=LOCALES.get(form.locale),
        aliases=tuple(form.aliases.split(",")),
    )


def new_user(form: PersonForm) -> NewUser:
    """The user that was filled in. Raises BadInput."""
    return NewUser(**asdict(profile(form)))
