"""The form of a person: what was filled in, what that means, and what is wrong with it."""

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


def read(given: Mapping[str, str]) -> PersonForm:
    """What was filled in; nothing of it is judged yet."""
    values: dict[str, Any] = {name: given.get(name, "") for name in FIELDS}
    return PersonForm(**values)


def filled(person: User) -> PersonForm:
    """The form that would have made this person."""
    values: dict[str, Any] = {name: getattr(person, name) or "" for name in FIELDS}
    return PersonForm(**(values | {"aliases": ", ".join(person.aliases)}))


def refused(form: PersonForm, fault: AppError) -> PersonForm:
    """The same form, with what is wrong at its field."""
    return replace(form, problem=FormProblem(fault.field or "given_name", fault.code))


def facts_of(form: PersonForm) -> Profile:
    """What the form says. Raises BadInput."""
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


def new_person(form: PersonForm) -> NewUser:
    """Whom the form describes. Raises BadInput."""
    return NewUser(**asdict(facts_of(form)))
