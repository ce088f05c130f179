"""What the templates of people are given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from web.pages.shared.view import FormProblem

WayIn = Literal["password", "code", "code_old", "none", "no_address", "blocked"]
"""How a person gets in: with a password, with a code that waits for one, that ran out, or not at all."""


@dataclass(frozen=True, slots=True)
class PeopleSearch:
    """What the list shows; kept in the address. `after` is the last person of the page before."""

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
    way_in: WayIn
    email: str = ""
    number: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list; `following` is the address of the next."""

    items: tuple[PersonItem, ...]
    search: PeopleSearch
    following: str | None = None


@dataclass(frozen=True, slots=True)
class PersonForm:
    """What is filled in, as text, right or wrong. An empty language is the school's."""

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
    """An API token that works."""

    id: int
    name: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person. `oneself`: it is the administrator's own account."""

    item: PersonItem
    oneself: bool = False
    sessions: int = 0
    tokens: tuple[TokenItem, ...] = ()
    code_until: datetime | None = None
    blocked_at: datetime | None = None
