"""Finding who is meant by a name: exactly one person, or a proposal for a human to decide."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Generic, Literal, TypeVar

from rapidfuzz.distance import OSA

from app.imports.parsing.names import Name, is_particle, match_key

K = TypeVar("K")
_Half = tuple[int, str, str]
"""The length of a name, and its first or its last letters."""

MIN_FUZZY_LENGTH = 5
"""Characters. Shorter names differ by one letter too often: Sem and Sam are two pupils."""
_MAX_WORDS = 5
"""Words of a name by which it can be found; more are no name."""
_WORD = re.compile(r"[^\W_]+\.?")


@dataclass(frozen=True, slots=True)
class Exact(Generic[K]):
    """The one person of that name."""

    person: K


@dataclass(frozen=True, slots=True)
class Proposal(Generic[K]):
    """People of whom one may be meant. A human decides; it is never applied."""

    people: tuple[K, ...]
    reason: Literal["same_name", "part_of_name", "typing_error"]


@dataclass(frozen=True, slots=True)
class _Words:
    """A name as folded words; one that ends in a dot is an initial or an abbreviation."""

    needed: tuple[str, ...]
    """The first given name and the family name. Particles and further given names may be missing."""
    others: tuple[str, ...]

    def may_be(self, other: "_Words") -> bool:
        """Whether both can name one person: every needed word of each is in the other, in any order."""
        return (
            _finds(self.needed, (*other.needed, *other.others))
            and _finds(other.needed, (*self.needed, *self.others))
            and not set(filter(_is_whole, self.needed)).isdisjoint(other.needed)
        )


class NameBook(Generic[K]):
    """People by name. A lookup compares the name with a few people, however many there are."""

    def __init__(self, people: Iterable[tuple[K, Name]]) -> None:
        self._by_key: defaultdict[str, list[K]] = defaultdict(list)
        self._by_given: defaultdict[str, list[K]] = defaultdict(list)
        self._by_pair: defaultdict[tuple[str, str], list[tuple[_Words, K]]] = defaultdict(list)
        self._by_half: defaultdict[_Half, list[str]] = defaultdict(list)
        for person, name in people:
            if name.key:
                self._add(person, name)

    def _add(self, person: K, name: Name) -> None:
        if name.key not in self._by_key and len(name.key) >= MIN_FUZZY_LENGTH:
            for half in _halves(name.key, len(name.key)):
                self._by_half[half].append(name.key)
        self._by_key[name.key].append(person)
        for given in {
            match_key(name.given),
            match_key(name.given.split(" ")[0]),
            *map(match_key, name.aliases),
        }:
            if given:
                self._by_given[given].append(person)
        for words in _spellings(name):
            for pair in _filed_under(words):
                self._by_pair[pair].append((words, person))

    def match(self, name: Name) -> Exact[K] | Proposal[K] | None:
        """Who has this name, apart from case, accents and spaces.

        Otherwise those who may be meant: the name is shortened or in another order, or has one typing error.
        None: nobody.
        """
        key = name.key
        if not key:
            return None
        same = self._by_key.get(key, [])
        if len(same) == 1:
            return Exact(same[0])
        if same:
            return Proposal(tuple(same), "same_name")
        parts = tuple(dict.fromkeys(self._shortened(name)))
        if parts:
            return Proposal(parts, "part_of_name")
        near = tuple(dict.fromkeys(self._misspelt(key)))
        return Proposal(near, "typing_error") if near else None

    def _shortened(self, name: Name) -> Iterator[K]:
        if not name.family:
            yield from self._by_given.get(name.key, ())
        for words in _spellings(name):
            for pair in _sought_under(words):
                yield from (person for other, person in self._by_pair.get(pair, ()) if words.may_be(other))

    def _misspelt(self, key: str) -> Iterator[K]:
        """People whose name has one letter more, less or other, or two neighbouring letters swapped."""
        if len(key) < MIN_FUZZY_LENGTH:
            return
        for length in (len(key) - 1, len(key), len(key) + 1):
            for half in _halves(key, length):
                for other in self._by_half.get(half, ()):
                    if OSA.distance(key, other, score_cutoff=1) <= 1:
                        yield from self._by_key[other]


def _spellings(name: Name) -> Iterator[_Words]:
    """The words of a name, and of each nickname with the family name; none without a family name."""
    if not name.family:
        return
    for given in (name.given, *name.aliases):
        yield _words(replace(name, given=given))


def _words(name: Name) -> _Words:
    given, family = _split(name.given), _split(name.family)
    needed = [*given[:1], *family]
    if all(is_particle(word) for word in family):  # "Vries Sanne de": no comma says which is the family name
        needed = [*given, *family]
    whole = [word for word in needed if not is_particle(word)]
    needed = whole if len(whole) > 1 else needed
    others = [word for word in (*given, *_split(name.infix), *family) if word not in needed]
    return _Words(_folded(needed), _folded(others))


def _split(text: str) -> list[str]:
    return _WORD.findall(text)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    """Words to compare, of at most _MAX_WORDS. A single letter gets the dot that it may lack."""
    keys = [(match_key(word), word) for word in words][:_MAX_WORDS]
    return tuple(f"{key}." if word[-1] == "." or len(key) == 1 else key for key, word in keys if key)


def _filed_under(words: _Words) -> Iterator[tuple[str, str]]:
    """Each whole word with each other word, and with its first letter for names that shorten it."""
    for one, other in permutations(words.needed, 2):
        if _is_whole(one):
            yield from ((one, other), (one, other[0])) if _is_whole(other) else ((one, f"{other[0]}."),)


def _sought_under(words: _Words) -> Iterator[tuple[str, str]]:
    """Where `_filed_under` has put those who may have this name."""
    for one, other in permutations(words.needed, 2):
        if _is_whole(one):
            yield from ((one, other if _is_whole(other) else other[0]), (one, f"{other[0]}."))


def _is_whole(word: str) -> bool:
    return word[-1] != "."


def _finds(needed: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether each needed word is one of these or an abbreviation of it, or the reverse; each used once."""
    left = list(words)
    for word in sorted(needed, key=_is_whole, reverse=True):
        fitting = [other for other in left if _fits(word, other)]
        if not fitting:
            return False
        left.remove(max(fitting, key=lambda other: other == word))
    return True


def _fits(one: str, other: str) -> bool:
    return (
        one == other
        or (one[-1] == "." and other.startswith(one[:-1]))
        or (other[-1] == "." and one.startswith(other[:-1]))
    )


def _halves(key: str, length: int) -> tuple[_Half, _Half]:
    """Under what names of this length with at most one typing error in them are filed.

    An error is in one half of a name, so the other half agrees. The letter in the middle belongs to neither,
    because two swapped letters may lie on both sides of the border.
    """
    half = (length - 1) // 2
    return (length, key[:half], ""), (length, "", key[-half:])
