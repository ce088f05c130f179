"""Who is who in one file whose rows mention people by id, address, number or name."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.imports.parsing.matching import NameBook, Proposal
from app.imports.parsing.names import Name
from app.imports.parsing.problems import Code, Problem
from app.imports.parsing.types import Person

_IDS = ("source_id", "email", "number")
_RARE = 3
"""A name that is seen less often, with no id to it, may be a typing error of another."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One row's way of saying who is meant."""

    name: Name
    source_id: str = ""
    email: str = ""
    number: str = ""
    class_name: str = ""

    @property
    def ids(self) -> tuple[tuple[str, str], ...]:
        """The kinds of id that are given, the surest first."""
        return tuple((kind, getattr(self, kind)) for kind in _IDS if getattr(self, kind))

    @property
    def doubt(self) -> int:
        """0 for the surest kind of id; highest for a bare name."""
        return _IDS.index(self.ids[0][0]) if self.ids else len(_IDS)

    def __bool__(self) -> bool:
        return bool(self.ids or self.name.key)


class People:
    """The distinct people behind many mentions. The surest mentions are taken first, wherever they stand.

    Two mentions are one person when they share an id; or when they have the same name, no id of theirs
    contradicts, and nobody else has that name.
    """

    def __init__(self, mentions: Iterable[tuple[int, Mention]]) -> None:
        """`mentions` are (row, who); those that say nothing are passed over."""
        self._people: list[Person] = []
        self._by_id: dict[tuple[str, str], int] = {}
        self._by_name: defaultdict[str, list[int]] = defaultdict(list)
        self._place: dict[Mention, int | None] = {}
        self._rows: Counter[int] = Counter()
        self.problems: list[Problem] = []
        known = [(row, mention) for row, mention in mentions if mention]
        for row, mention in sorted(known, key=lambda pair: pair[1].doubt):
            self._take(row, mention)
        self.problems += [*self._nameless(), *self._resembling()]

    @property
    def people(self) -> tuple[Person, ...]:
        """Everyone; what `find` returns is a place in it."""
        return tuple(self._people)

    def find(self, mention: Mention) -> int | None:
        """The place of a person that was mentioned; None when more than one is called so."""
        return self._place[mention]

    def _take(self, row: int, mention: Mention) -> None:
        if mention not in self._place:
            self._place[mention] = self._settle(row, mention)
        place = self._place[mention]
        if place is not None:
            self._rows[place] += 1

    def _settle(self, row: int, mention: Mention) -> int | None:
        for identity in mention.ids:
            if identity in self._by_id:
                return self._learn(self._by_id[identity], row, mention)
        same = [place for place in self._by_name[mention.name.key] if self._may_be(place, mention)]
        if len(same) == 1:
            return self._learn(same[0], row, mention)
        return self._add(row, mention) if mention.ids or not same else None

    def _may_be(self, place: int, mention: Mention) -> bool:
        person = self._people[place]
        return not any(getattr(person, kind) not in {"", value} for kind, value in mention.ids)

    def _add(self, row: int, mention: Mention) -> int:
        place = len(self._people)
        self._people.append(Person(mention.name, row=row))
        if mention.name.key:
            self._by_name[mention.name.key].append(place)
        return self._learn(place, row, mention)

    def _learn(self, place: int, row: int, mention: Mention) -> int:
        """Fill in what was not known yet; what was known stays."""
        person = self._people[place]
        if mention.name.key and not person.name.key:
            self._by_name[mention.name.key].append(place)
        elif mention.name.key not in {"", person.name.key}:
            self.problems.append(Problem(Code.NAME_DIFFERS, row, params={"other": person.row or 0}))
        for identity in mention.ids:
            self._by_id.setdefault(identity, place)
        self._people[place] = replace(
            person,
            name=person.name if person.name.key else mention.name,
            email=person.email or mention.email,
            number=person.number or mention.number,
            source_id=person.source_id or mention.source_id,
            class_name=person.class_name or mention.class_name,
        )
        return place

    def _nameless(self) -> Iterator[Problem]:
        for person in self._people:
            if not person.name.key:
                yield Problem(Code.NAME_MISSING, person.row)

    def _resembling(self) -> Iterator[Problem]:
        """A fuzzy match is proposed, never applied."""
        rare = {
            place
            for place, person in enumerate(self._people)
            if self._rows[place] < _RARE and not (person.email or person.number or person.source_id)
        }
        book = NameBook((place, p.name) for place, p in enumerate(self._people) if place not in rare)
        for place in sorted(rare):
            person = self._people[place]
            match = book.match(person.name)
            if isinstance(match, Proposal):
                params = {"name": person.label, "other": self._people[match.people[0]].label}
                yield Problem(Code.NAME_RESEMBLES, person.row, params=params)
