"""Words and phrases: how every pure file of this module cuts a text up and looks words up in a lexicon."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from app.core import folding

fold = folding.fold
"""The word without case, accents and fancy apostrophes."""

GAP = "…"
CACHED = 1024
"""How many texts each look-up remembers: the checks of a summary read the same few clauses many times."""
_CACHED_TEXT = 1_000
"""Characters. Longer ones are not remembered, so that nobody fills the memory with long comments."""
MAX_GAP = 5
"""How many words may stand in for one `…` of a lexicon entry."""

_TOKEN = re.compile(r"[^\W\d_]+(?:['’`´][^\W\d_]+)*|\d+|[👎🙄😒😑💩🤡🖕]")
_CONTRACTIONS = {
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "cannot": ("can", "not"),
    "cant": ("can", "not"),
}
_BARE_CONTRACTIONS = re.compile(r"(?:did|does|do|was|were|is|are|could|would|should|has|have|had)nt")


def words(text: str) -> tuple[str, ...]:
    """Folded words; English negative contractions come apart ("didn't" gives "did", "not")."""
    return _words(text) if len(text) <= _CACHED_TEXT else tuple(_split(text))


@lru_cache(maxsize=CACHED)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_split(text))


def _split(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        word = fold(match.group())
        if word in _CONTRACTIONS:
            yield from _CONTRACTIONS[word]
        elif word.endswith("n't"):
            yield from (word[:-3], "not")
        elif word.endswith("nt") and _BARE_CONTRACTIONS.fullmatch(word):
            yield from (word[:-2], "not")
        else:
            yield word


class Hit(NamedTuple):
    """A lexicon entry found in words[start:end]."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """One place in an entry: any of these words, or a word with any of these beginnings."""

    exact: frozenset[str]
    prefixes: tuple[str, ...]

    def takes(self, word: str) -> bool:
        return word in self.exact or (bool(self.prefixes) and word.startswith(self.prefixes))


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    slots: tuple[_Slot | None, ...]
    """None stands for a gap of up to MAX_GAP words."""
    order: tuple[int, int]


class Phrases:
    """A list of labelled phrases that is searched in one pass, in time linear in the number of words.

    An entry is words with a space between them. `a|b` is either word, `goed*` any word that begins so, and
    `…` up to five words of any kind. Of the entries that fit at one place the one with most words wins, then
    the one that was listed first.
    """

    def __init__(
        self, entries: Iterable[tuple[str, str]], barred: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        """`barred` holds, by label, the words over which no gap of such an entry may reach."""
        self._barred = barred or {}
        self._exact: dict[str, list[_Entry]] = {}
        self._prefix: dict[str, list[_Entry]] = {}
        self._by_word: dict[str, tuple[_Entry, ...]] = {}
        for position, (label, phrase) in enumerate(entries):
            self._add(label, phrase, position)

    def _add(self, label: str, phrase: str, position: int) -> None:
        slots = tuple(None if part == GAP else _slot(part) for part in phrase.split())
        first = slots[0]
        if first is None:
            raise ValueError(f"a phrase cannot begin with a gap: {phrase!r}")
        entry = _Entry(label, slots, (-sum(slot is not None for slot in slots), position))
        for word in first.exact:
            self._exact.setdefault(word, []).append(entry)
        for prefix in first.prefixes:
            self._prefix.setdefault(prefix, []).append(entry)

    def _beginning_with(self, word: str) -> tuple[_Entry, ...]:
        known = self._by_word.get(word)
        if known is None:
            found = list(self._exact.get(word, ()))
            for length in range(2, len(word) + 1):
                found += self._prefix.get(word[:length], ())
            known = tuple(sorted(found, key=lambda entry: entry.order))
            if len(self._by_word) < 20_000:
                self._by_word[word] = known
        return known

    def find(self, text: Sequence[str]) -> tuple[Hit, ...]:
        """The hits in these folded words, left to right, never overlapping."""
        hits: list[Hit] = []
        at = 0
        while at < len(text):
            for entry in self._beginning_with(text[at]):
                end = _match(entry.slots, 1, text, at + 1, self._barred.get(entry.label, frozenset()))
                if end:
                    hits.append(Hit(at, end, entry.label))
                    at = end
                    break
            else:
                at += 1
        return tuple(hits)


def _slot(part: str) -> _Slot:
    options = [fold(option) for option in part.split("|")]
    return _Slot(
        frozenset(option for option in options if not option.endswith("*")),
        tuple(option[:-1] for option in options if option.endswith("*")),
    )


def _match(
    slots: tuple[_Slot | None, ...], slot: int, text: Sequence[str], at: int, barred: frozenset[str]
) -> int:
    """Where the match of slots[slot:] at text[at:] ends, or 0."""
    while slot < len(slots):
        wanted = slots[slot]
        if wanted is None:
            for skipped in range(MAX_GAP + 1):
                end = _match(slots, slot + 1, text, at + skipped, barred)
                if end:
                    return end
                if at + skipped >= len(text) or text[at + skipped] in barred:
                    break
            return 0
        if at >= len(text) or not wanted.takes(text[at]):
            return 0
        slot += 1
        at += 1
    return at


@cache
def lexicon(name: str) -> tuple[tuple[str, str], ...]:
    """The (section, entry) pairs of `lexicon/<name>.txt`; `#` begins a comment."""
    pairs: list[tuple[str, str]] = []
    section = ""
    text = resources.files("app.text").joinpath("lexicon", f"{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        entry = line.split("#", 1)[0].strip()
        if entry.startswith("["):
            section = entry.strip("[]")
        else:
            pairs.extend((section, part.strip()) for part in entry.split(",") if part.strip())
    return tuple(pairs)


@cache
def word_set(name: str) -> frozenset[str]:
    """All single words of a lexicon file, folded."""
    return frozenset(fold(word) for _, entry in lexicon(name) for word in entry.split())
