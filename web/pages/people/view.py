"""What the templates of people are given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from web.pages.shared.view import FormProblem

LoginState = Literal["password", "code", "code_old", "none", "no_address", "blocked"]
"""Whether the person has a password, has a code to set one, has a code that expired, has neither, has no
e-mail address, or is blocked."""


@dataclass(frozen=True, slots=True)
class PeopleSearch:
    """What the list is limited to; kept in the address. `after` is the last person of the previous page."""

    q: str = ""
    role: str = ""
    after: int | None = None

    @property
    def active(self) -> bool:
        """Whether it may hide anyone."""
        return bool(self.q or self.role)


@dataclass(frozen=True, slots=True)
class PersonItem:
    """A person in the list."""

    id: int
    name: str
    sorted_name: str
    role: str
    login_state: LoginState
    email: str = ""
    number: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list. `following` is the address of the next page."""

    items: tuple[PersonItem, ...]
    search: PeopleSearch
    following: str | None = None


@dataclass(frozen=True, slots=True)
class PersonForm:
    """The fields of the form, as text and unchecked. An empty language means that of the school."""

    role: str = "pupil"
    given_name: str = ""
    infix: str = ""
    family_name: str = ""
    email: str = ""
    number: str = ""
    class_name: str = ""
    aliases: str = ""
    locale: str = ""
    problem: FormProblem | None = None


@dataclass(frozen=True, slots=True)
class TokenItem:
    """An API token that is valid."""

    id: int
    name: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person. `is_self`: it is the account of the administrator who looks."""

    item: PersonItem
    is_self: bool = False
    sessions: int = 0
    tokens: tuple[TokenItem, ...] = ()
    code_until: datetime | None = None
    blocked_at: datetime | None = None
