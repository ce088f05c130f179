"""A list of people that is given as such: each number and address belongs to one person."""

from collections.abc import Callable
from dataclasses import replace

from app.imports.parsing.problems import Code, Problem
from app.imports.parsing.types import Person


class Register:
    """Takes people one by one, in the order of the file.

    The same number or address with the same name is the same person again; with another name it is a mistake.
    """

    def __init__(self, title: Callable[[str], str]) -> None:
        """`title` says what the file calls a field, for problems."""
        self.people: list[Person] = []
        self.problems: list[Problem] = []
        self._title = title
        self._by_number: dict[str, int] = {}
        self._by_email: dict[str, int] = {}
        self._by_name: dict[tuple[str, str], int] = {}

    def add(self, person: Person, *, same_name_is_same: bool) -> int | None:
        """The person's place in `people`, an earlier one if it was there already; None when it is left out.

        `same_name_is_same`: whether somebody without number and address, but with the name and class of an
        earlier person, is that person.
        """
        number, email = self._by_number.get(person.number), self._by_email.get(person.email)
        if number is not None and not self._has_name(number, person):
            self._report(Code.NUMBER_TAKEN, person, "number", number)
            return None
        if email is not None and not self._has_name(email, person):
            self._report(Code.EMAIL_TAKEN, person, "email", email)
            person, email = replace(person, email=""), None
        known = number if number is not None else email
        if known is None and same_name_is_same and not (person.number or person.email):
            known = self._by_name.get((person.name.key, person.class_name))
        if known is not None:
            self._report(Code.PERSON_TWICE, person, "", known)
            return known
        return self._append(person)

    def _has_name(self, place: int, person: Person) -> bool:
        return self.people[place].name.key == person.name.key

    def _append(self, person: Person) -> int:
        place = len(self.people)
        self.people.append(person)
        if person.number:
            self._by_number[person.number] = place
        if person.email:
            self._by_email.setdefault(person.email, place)
        self._by_name.setdefault((person.name.key, person.class_name), place)
        return place

    def _report(self, code: Code, person: Person, field: str, other: int) -> None:
        params = {"other": self.people[other].row or 0}
        self.problems.append(Problem(code, person.row, self._title(field) if field else "", params))
