"""Word sets: which slots of the patterns a word fits, also when it is misspelt or disguised."""

import re
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from app.text.screen.tokens import MAX_WORD_CHARS, NAME
from app.text.tokens import fold

MIN_MISSPELT = 8
"""Shorter words have too many neighbours that mean something else."""
_VOWELS = re.compile(r"[aeiouy]+")
_MAX_REMEMBERED = 20_000
_COMMON = "@common"


class WordSets:
    """The sets of all pattern files, by name, and the slots that are made of them.

    A set defined with `~=` holds strong words: those are recognised with one letter wrong, without their
    vowels, with stars for letters, and written as two.
    """

    def __init__(self) -> None:
        self._sets: dict[str, list[str]] = defaultdict(list)
        self._strong_sets: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._common: set[int] = set()
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._prefix: dict[str, set[int]] = defaultdict(set)
        self._suffix: dict[str, set[int]] = defaultdict(set)
        self._strong: dict[str, set[int]] = defaultdict(set)
        self._near: dict[str, set[str]] = defaultdict(set)
        self._bare: dict[str, set[str]] = defaultdict(set)
        self._by_length: dict[int, set[str]] = defaultdict(set)
        self._remembered: dict[str, frozenset[int]] = {}

    def define(self, lines: Iterable[str], scope: str = "") -> list[str]:
        """Take the definitions out of a file's lines; gives the patterns, in their order.

        A set belongs to its `scope`, a file; those of the empty scope are everybody's.
        """
        patterns: list[str] = []
        for line in lines:
            bare = line.split("#", 1)[0].strip()
            name, equals, words = bare.partition(" = ")
            if not equals:
                name, equals, words = bare.partition(" ~= ")
                if equals:
                    self._strong_sets.add(f"{scope}@{name}")
            if equals:
                self._sets[f"{scope}@{name}"] += words.split()
            elif bare:
                patterns.append(bare)
        return patterns

    def slot(self, choice: str, scope: str = "") -> int:
        """The number of a slot: `a|b*|*c|@set`. Raises ValueError for a set that nobody defined."""
        options = [self._resolved(option, scope) for option in choice.split("|")]
        known = self._numbers.get("|".join(options))
        if known is not None:
            return known
        number = self._numbers["|".join(options)] = len(self._numbers)
        self._remembered.clear()
        for option in options:
            if "@" not in option:
                self._enter(option, number, strong=False)
                continue
            for word in self._sets[option]:
                self._enter(word, number, strong=option in self._strong_sets)
        if any(self._is_common(option) for option in options):
            self._common.add(number)
        return number

    def _is_common(self, option: str) -> bool:
        names = self._sets[_COMMON]
        return option.removeprefix("@") in names or any(option in self._sets[f"@{name}"] for name in names)

    def _resolved(self, option: str, scope: str) -> str:
        if not option or option in {"<", ">", "*"}:
            raise ValueError(f"{option!r} is no word for a slot in {scope!r}")
        if not option.startswith("@") or (scope + option not in self._sets and option in self._sets):
            return option
        if scope + option not in self._sets:
            raise ValueError(f"no set is called {option!r} in {scope!r}")
        return scope + option

    def is_common(self, slot: int) -> bool:
        """Whether its words stand in nearly every sentence, so that a search should not begin with it."""
        return slot in self._common

    def slots_of(self, forms: tuple[str, ...]) -> frozenset[int]:
        """The slots that a word of these spellings fits."""
        if len(forms) == 1:
            return self._slots_of(forms[0])
        return frozenset().union(*(self._slots_of(form) for form in forms))

    def strong_slots_of(self, forms: Iterable[str], *, exactly: bool = False) -> frozenset[int]:
        """The slots that a strong word fits; `exactly` without misspellings."""
        find = self._strong.get if exactly else self._strong_slots
        return frozenset().union(*(find(form) or () for form in forms))

    def _enter(self, word: str, number: int, *, strong: bool) -> None:
        if word.endswith("*"):
            self._prefix[fold(word[:-1])].add(number)
            return
        if word.startswith("*"):
            self._suffix[fold(word[1:])].add(number)
            return
        plain = NAME if word == "NAME" else fold(word)
        self._exact[plain].add(number)
        if strong:
            self._strong[plain].add(number)
            self._by_length[len(plain)].add(plain)
            if len(plain) >= MIN_MISSPELT:
                for shorter in _shortened(plain):
                    self._near[shorter].add(plain)
                self._bare[_VOWELS.sub("", plain)].add(plain)

    def _slots_of(self, form: str) -> frozenset[int]:
        if len(form) > MAX_WORD_CHARS:
            return frozenset()
        known = self._remembered.get(form)
        if known is None:
            found = set(self._exact.get(form, ()))
            for length in range(2, len(form) + 1):
                found |= self._prefix.get(form[:length], set())
                found |= self._suffix.get(form[-length:], set())
            known = frozenset(found | self._strong_slots(form))
            if len(self._remembered) < _MAX_REMEMBERED:
                self._remembered[form] = known
        return known

    def _strong_slots(self, form: str) -> set[int]:
        """As strong words are recognised: with a letter wrong, without vowels, or with stars in it."""
        found = set(self._strong.get(form, ()))
        if "*" in form:
            starred = re.compile(form.replace("*", "[a-z]"))
            words = {word for word in self._by_length[len(form)] if starred.fullmatch(word)}
        elif found or not MIN_MISSPELT - 1 <= len(form) <= 20:
            return found
        else:
            near = {word for shorter in _shortened(form) for word in self._near.get(shorter, ())}
            words = {
                word for word in near if word[0] == form[0] and OSA.distance(form, word, score_cutoff=1) <= 1
            }
            bare = _VOWELS.sub("", form)
            if len(form) - len(bare) <= len(form) // 4:
                words |= self._bare.get(bare, set())
        return found.union(*(self._strong[word] for word in words))


def _shortened(word: str) -> set[str]:
    """The word, and it without each of its letters: two words one letter apart share one of these."""
    return {word[:at] + word[at + 1 :] for at in range(len(word))} | {word}
