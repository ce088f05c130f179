"""Roster names: the names of a roster, in every shape in which they are written about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.text.name_words import (
    MAX_NAME_LETTERS,
    Word,
    collapsed,
    parts,
    skeleton,
    stems,
)
from app.text.types import RosterName
from app.text.word_lists import PLACEHOLDERS, is_form_of_ordinary, is_ordinary, section

_TYPO_LETTERS = 5
"""Names of this many letters are found with one letter wrong, missing, added or swapped (PRODUCT.md, 4.3)."""
MAX_SHAPED_NAMES = 5_000
"""Only so many names are found in other shapes than their own; people's names come before their aliases."""
_MAX_ALIAS_WORDS = 6
_MAX_REMEMBERED = 20_000
_POSSESSIVE = ("'s", "'", "s")


@dataclass(frozen=True, slots=True)
class Use:
    """What a word of a text has to do with the roster."""

    reason: str
    certain: bool = True
    """False for a name that is a word as well: how it is used must decide."""
    given: bool = True
    """False for a family name."""


class RosterNames:
    """The names of a roster, prepared for looking words up."""

    def __init__(self, roster: Iterable[RosterName]) -> None:
        self.given: set[str] = set()
        self.family: set[str] = set()
        self.people: set[tuple[str, str]] = set()
        """Family name and given name of the same person."""
        self.infixes: dict[str, set[str]] = {}
        """The words of the infix by family name."""
        self.letters: set[str] = set()
        self.doubled: set[str] = set()
        """Initials of given names of two parts or more: "jw" of Jan Willem."""
        self.monograms: set[str] = set()
        """Initials of given and family name."""
        self._aliases: set[tuple[str, ...]] = set()
        self._alias_lengths: dict[str, set[int]] = {}
        """Of aliases of several words, by their first word."""
        self._glued: set[str] = set()
        people = list(roster)
        for person in people:
            self._add(person)
        for person in people:
            self._add_aliases(person)
        self._shape_names(people)
        self._remembered: dict[str, Use | None] = {}

    def _shape_names(self, people: Iterable[RosterName]) -> None:
        called = [part for person in people for part in (*parts(person.given), *parts(person.family))]
        names = dict.fromkeys(
            (*(name for name in called if name in self.given or name in self.family), *self.given)
        )
        every = [name for name in names if 1 < len(name) <= MAX_NAME_LETTERS][:MAX_SHAPED_NAMES]
        given = [name for name in every if name in self.given]
        self._given_parts = {name for name in given if len(name) > 2 and not is_ordinary(name)}
        self._beginnings = {
            name[:size] for name in given if 4 < len(name) <= 20 for size in range(3, len(name))
        }
        self._skeletons = {skeleton(name) for name in (*every, *self._glued) if len(name) > 2}
        self._collapsed: dict[str, int] = {}
        self._by_length: dict[int, list[str]] = {}
        for name in every:
            key = collapsed(name)
            self._collapsed[key] = min(len(name), self._collapsed.get(key, len(name)))
            if len(name) >= _TYPO_LETTERS:
                self._by_length.setdefault(len(name), []).append(name)

    def _add(self, person: RosterName) -> None:
        given, infix = parts(person.given), parts(person.infix)
        surname = parts(person.family)
        infixes = section("infix")
        core = [part for part in surname if part not in infixes] or surname
        self.given.update(part for part in given if len(part) > 1)
        self.family.update(part for part in core if len(part) > 1)
        for part in core:
            self.infixes.setdefault(part, set()).update(infix, (part for part in surname if part in infixes))
        self.people.update((last, first) for last in core for first in given)
        whole = given + infix + surname
        account = "".join(parts(person.email.partition("@")[0]))
        glued = {"".join(given), "".join(given + core), "".join(whole), "".join(infix + surname), account}
        self._glued.update(name for name in glued if 4 < len(name) <= MAX_NAME_LETTERS)
        self.letters.update(part[0] for part in given + core)
        if len(given) > 1:
            self.doubled.add("".join(part[0] for part in given))
        if given and core:
            self.monograms |= {given[0][0] + core[0][0], "".join(part[0] for part in whole)}

    def _add_aliases(self, person: RosterName) -> None:
        for alias in map(parts, person.aliases):
            if len(alias) == 1 and len(alias[0]) > 1:
                self.given.add(alias[0])
            elif 1 < len(alias) <= _MAX_ALIAS_WORDS:
                self._aliases.add(tuple(alias))
                self._alias_lengths.setdefault(alias[0], set()).add(len(alias))

    def alias_at(self, words: Sequence[Word], at: int) -> int:
        """How many words from here on are an alias of several words; 0 for none."""
        for length in sorted(self._alias_lengths.get(words[at].folded, ()), reverse=True):
            if tuple(word.folded for word in words[at : at + length]) in self._aliases:
                return length
        return 0

    def use(self, word: str) -> Use | None:
        """What this folded word has to do with the roster, None for nothing; remembered."""
        if word in self._remembered:
            return self._remembered[word]
        found = None if word in PLACEHOLDERS else self._exact(word) or self._shape(word)
        if len(self._remembered) < _MAX_REMEMBERED:
            self._remembered[word] = found
        return found

    def is_disguised(self, raw_skeleton: str) -> bool:
        """Whether this skeleton is that of a name on the roster."""
        return raw_skeleton in self._skeletons

    def is_beginning(self, word: str) -> bool:
        """Whether a given name begins so: "fem" for Femke, "jess" for Jessica."""
        return word in self._beginnings and not is_ordinary(word)

    def is_glued(self, word: str, least: int = 4) -> bool:
        """Whether the word is names and words such as "team" and "en", written as one: "daanenik".

        The names in it must have `least` letters together.
        """
        if len(word) > MAX_NAME_LETTERS:
            return False
        best: list[int | None] = [0] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 20), end):
                before, piece = best[start], word[start:end]
                if before is None:
                    continue
                letters = len(piece) if piece in self._given_parts else 0
                if letters or piece in section("glue"):
                    best[end] = max(best[end] or 0, before + letters)
        return (best[-1] or 0) >= least

    def is_possessive(self, word: str) -> bool:
        """Whether this is "Sanne's", or "Tims" of a name that is "Tim"."""
        if word.endswith(("'s", "'")):
            return True
        known = word in self.given or word in self.family
        return word.endswith("s") and not known and (word[:-1] in self.given or word[:-1] in self.family)

    def _exact(self, word: str) -> Use | None:
        for form in (word, *_without_possessive(word)):
            for names, given in ((self.given, True), (self.family, False), (self._glued, True)):
                if form in names:
                    return Use("roster", certain=not is_ordinary(word), given=given)
        return None

    def _shape(self, word: str) -> Use | None:
        """A word that is no name as it stands, but a name in another shape."""
        if is_ordinary(word) or not 2 < len(word) <= MAX_NAME_LETTERS:
            return None
        if len(word) > self._collapsed.get(collapsed(word), MAX_NAME_LETTERS):
            return Use("stretched")
        for stem in stems(word):
            if stem in self.given:
                return Use("ending", certain=not is_ordinary(stem))
        if self.is_glued(word):
            return Use("written as one")
        for form in (word, *_without_possessive(word)):
            name = self._misspelt(form)
            if name and not is_form_of_ordinary(word):
                return Use("typing error", certain=not is_ordinary(name), given=name in self.given)
        return None

    def _misspelt(self, word: str) -> str | None:
        """The name that is one letter away, if any."""
        for length in (len(word) - 1, len(word), len(word) + 1):
            names = self._by_length.get(length, ())
            near = process.extractOne(word, names, scorer=OSA.distance, score_cutoff=1)
            if near is not None:
                return str(near[0])
        return None


def _without_possessive(word: str) -> Iterator[str]:
    for end in _POSSESSIVE:
        if word.endswith(end) and len(word) > len(end) + 1:
            yield word[: -len(end)]
