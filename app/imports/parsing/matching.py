"""Finding who is meant by a name: exactly one person, or a proposal for a human to decide."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from app.imports.parsing.names import Name, fold

K = TypeVar("K")

_SHORTEST_FUZZY = 5
"""Shorter names differ by one letter too often: Sem and Sam are two pupils."""


@dataclass(frozen=True, slots=True)
class Exact(Generic[K]):
    """This is the one person of that name."""

    person: K


@dataclass(frozen=True, slots=True)
class Proposal(Generic[K]):
    """One of these may be meant. A human decides; never apply it."""

    people: tuple[K, ...]
    reason: Literal["same_name", "part_of_name", "typing_error"]


class NameBook(Generic[K]):
    """People by name. Every lookup takes the same short time, however many people there are."""

    def __init__(self, people: Iterable[tuple[K, Name]]) -> None:
        self._by_key: defaultdict[str, list[K]] = defaultdict(list)
        self._by_part: defaultdict[str, list[K]] = defaultdict(list)
        self._by_given: defaultdict[str, list[K]] = defaultdict(list)
        self._by_gap: defaultdict[str, list[tuple[str, K]]] = defaultdict(list)
        for person, name in people:
            if name.key:
                self._add(person, name)

    def _add(self, person: K, name: Name) -> None:
        self._by_key[name.key].append(person)
        for part in {*_variants(name), _with_initial(name)}:
            self._by_part[part].append(person)
        for given in {fold(name.given), fold(name.given.split(" ")[0]), *map(fold, name.aliases)}:
            if given:
                self._by_given[given].append(person)
        for gap in _gaps(name.key):
            self._by_gap[gap].append((name.key, person))

    def match(self, name: Name) -> Exact[K] | Proposal[K] | None:
        """Who is called so: exact but for case, accents and spaces; else who may be meant; else None."""
        key = name.key
        if not key:
            return None
        same = self._by_key.get(key, [])
        if len(same) == 1:
            return Exact(same[0])
        if same:
            return Proposal(tuple(same), "same_name")
        parts = [person for part in _variants(name) for person in self._by_part.get(part, ())]
        parts += self._by_key.get(_with_initial(name), ()) if name.family else self._by_given.get(key, ())
        if parts:
            return Proposal(tuple(dict.fromkeys(parts)), "part_of_name")
        near = [
            person
            for gap in _gaps(key)
            for other, person in self._by_gap.get(gap, ())
            if _one_edit(key, other)
        ]
        return Proposal(tuple(dict.fromkeys(near)), "typing_error") if near else None


def _variants(name: Name) -> set[str]:
    """Ways to write a name that has a given and a family name, folded."""
    if not (name.given and name.family):
        return set()
    surname = f"{name.infix} {name.family}"
    first = name.given.split(" ")[0]
    ways = (
        f"{name.given} {name.family}",
        f"{surname} {name.given}",
        f"{name.family} {name.given}",
        f"{name.family} {name.given} {name.infix}",
        f"{first} {surname}",
        *(f"{alias} {surname}" for alias in name.aliases),
    )
    return {fold(way) for way in ways} | {name.key}


def _with_initial(name: Name) -> str:
    """ "S. de Vries", folded."""
    return fold(f"{name.given[:1]} {name.infix} {name.family}")


def _gaps(key: str) -> set[str]:
    """The name, and the name with each of its letters left out: equal for any two that are one edit apart."""
    if len(key) < _SHORTEST_FUZZY:
        return set()
    return {key} | {key[:at] + key[at + 1 :] for at in range(len(key))}


def _one_edit(one: str, other: str) -> bool:
    """Whether one letter was left out, added, replaced, or changed places with its neighbour."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long[at:]
