"""Names: which words of a text are the name of somebody on the roster, and which only look like one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from app.text.edit_distance import deletions, forms, one_edit, parts
from app.text.languages import FUNCTION_WORDS
from app.text.tokens import fold, lexicon, word_set
from app.text.types import RosterName

_TYPO_LENGTH = 5
"""Names of this many letters are found with one letter wrong, missing, added or swapped (PRODUCT.md, 4.3)."""

_TOKEN = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*['’](?!\w)|[^\W\d_]+(?:['’`][^\W\d_]+)*")
_LOOK_ALIKES = str.maketrans("аеорсухікмтвнԁ", "aeopcyxikmtbhd")
_NAME_ENDS = ("'s", "'", "s")


def _section(name: str) -> frozenset[str]:
    return frozenset(fold(entry) for section, entry in lexicon("names") if section == name)


_INFIXES, _TITLES, _ARTICLES = _section("infix"), _section("title"), _section("article")
_BEFORE_NAME = _section("before") | _TITLES
_AFTER_NAME = _section("after")


class Token(NamedTuple):
    """One word of a text as names are looked for in it."""

    start: int
    end: int
    raw: str
    folded: str
    capital: bool
    first: bool
    """Whether it begins a sentence, where a capital tells nothing."""


@dataclass(frozen=True, slots=True)
class NameSpan:
    """Where a name stands in a text."""

    start: int
    end: int
    possessive: bool


class NameBook:
    """The names of a roster, prepared for looking words up."""

    def __init__(self, roster: Iterable[RosterName]) -> None:
        self._given: set[str] = set()
        self._family: set[str] = set()
        self._sequences: dict[str, list[tuple[str, ...]]] = {}
        self._variants: set[str] = set()
        self._typos: set[str] = set()
        self._initials: set[str] = set()
        for person in roster:
            self._add(person)
        every = self._given | self._family
        self._typos = {typo for name in every if len(name) >= _TYPO_LENGTH for typo in deletions(name)}
        self._long = frozenset(name for name in every if len(name) >= _TYPO_LENGTH)
        self._beginnings = {
            name[:size] for name in self._given if len(name) > 4 for size in range(3, len(name))
        }
        self._cache: dict[str, str] = {}

    def _add(self, person: RosterName) -> None:
        given = [fold(part) for part in parts(person.given)]
        family = [fold(part) for part in parts(person.family)]
        surname = [part for part in family if part not in _INFIXES]
        aliases = [[fold(part) for part in parts(alias)] for alias in person.aliases]
        self._given |= {part for part in given if len(part) > 1}
        self._family |= {part for part in surname if len(part) > 1}
        for alias in aliases:
            if len(alias) == 1:
                self._given |= {part for part in alias if len(part) > 1}
            elif alias:
                self._sequences.setdefault(alias[0], []).append(tuple(alias))
        infix = [fold(part) for part in parts(person.infix)]
        glued = {
            "".join(given),
            "".join(given + surname),
            "".join(given + infix + family),
            "".join(infix + family),
        }
        local = "".join(parts(fold(person.email.partition("@")[0])))
        self._variants |= {name for name in glued if len(name) > 4} | ({local} if len(local) > 4 else set())
        for name in self._given & set(given) | {alias[0] for alias in aliases if len(alias) == 1}:
            self._variants |= set(forms(name))
        self._initials |= {part[0] for part in given + surname if part}

    def spans(self, text: str) -> list[NameSpan]:
        """Every name in this text, as spans that do not overlap, from left to right."""
        tokens = _tokens(text)
        taken = [self._is_name(tokens, at) for at in range(len(tokens))]
        self._mark_sequences(tokens, taken)
        if not any(taken):
            return []
        _settle_ordinary(tokens, taken)
        return list(self._grow(text, tokens, taken))

    def _is_name(self, tokens: Sequence[Token], at: int) -> str:
        """ "name", "given" or "family" for an ordinary word that may be one, or an empty string."""
        token = tokens[at]
        kind = self._cache.get(token.folded)
        if kind is None:
            kind = self._kind(token.folded)
            if len(self._cache) < 20_000:
                self._cache[token.folded] = kind
        if not kind and token.capital and not token.first and token.folded in self._beginnings:
            return "" if _is_ordinary(token.folded) else "name"
        return kind

    def _kind(self, word: str) -> str:
        bare = [word] + [
            word[: -len(end)] for end in _NAME_ENDS if word.endswith(end) and len(word) > len(end) + 1
        ]
        if word in PLACEHOLDERS:
            return ""
        for form in bare:
            given = form in self._given or form in self._variants
            if given or form in self._family:
                if not _is_ordinary(word):
                    return "name"
                return "given" if given else "family"
        if _is_ordinary(word):
            return ""
        return "name" if any(self._is_typo(form) for form in bare) else ""

    def _is_typo(self, word: str) -> bool:
        if len(word) < _TYPO_LENGTH - 1 or not (
            word in self._typos or not self._typos.isdisjoint(deletions(word))
        ):
            return False
        return any(one_edit(word, name) for name in self._long)

    def _mark_sequences(self, tokens: Sequence[Token], taken: list[str]) -> None:
        for at, token in enumerate(tokens):
            for sequence in self._sequences.get(token.folded, ()):
                if tuple(other.folded for other in tokens[at : at + len(sequence)]) == sequence:
                    taken[at : at + len(sequence)] = ["name"] * len(sequence)

    def _grow(self, text: str, tokens: Sequence[Token], taken: Sequence[str]) -> Iterator[NameSpan]:
        """Join neighbouring words of one name and take its initials, infix and title along."""
        at = 0
        while at < len(tokens):
            if not taken[at]:
                at += 1
                continue
            first = last = at
            while last + 1 < len(tokens) and self._goes_on(text, tokens, taken, last):
                last += 1
            while (
                first > 0
                and _touches(text, tokens[first - 1], tokens[first])
                and self._leads(tokens, taken, first)
            ):
                first -= 1
            end = tokens[last].end
            dot = (
                last > at
                and len(tokens[last].folded) == 1
                and text[end : end + 1] == "."
                and text[end + 1 : end + 2] == " "
            )
            possessive = tokens[last].folded.endswith(("'s", "'")) or self._is_plural(tokens[last].folded)
            yield NameSpan(tokens[first].start, end + (1 if dot else 0), possessive)
            at = last + 1

    def _is_plural(self, word: str) -> bool:
        """Whether this is "Tims", of a name that is "Tim": in a comment nearly always the possessive."""
        names = self._given | self._family
        return word.endswith("s") and word not in names and word[:-1] in names

    def _goes_on(self, text: str, tokens: Sequence[Token], taken: Sequence[str], last: int) -> bool:
        here, following = tokens[last], tokens[last + 1]
        if not _touches(text, here, following) or here.folded.endswith(("'s", "'")):
            return False
        if taken[last + 1]:
            return True
        if len(following.folded) == 1 and following.capital and following.folded in self._initials:
            return True
        ahead = last + 1
        while (
            ahead < len(tokens)
            and tokens[ahead].folded in _INFIXES
            and _touches(text, tokens[ahead - 1], tokens[ahead])
        ):
            ahead += 1
        return (
            last + 1 < ahead < len(tokens)
            and bool(taken[ahead])
            and _touches(text, tokens[ahead - 1], tokens[ahead])
        )

    def _leads(self, tokens: Sequence[Token], taken: Sequence[str], first: int) -> bool:
        before = tokens[first - 1]
        if taken[first - 1]:
            return True
        if len(before.folded) == 1 and before.capital:
            return before.folded not in {"u", "i"}
        if before.folded in _TITLES:
            return True
        family = tokens[first].folded in self._family or not tokens[first].folded.isalpha()
        if before.folded in _INFIXES and (family or tokens[first - 1].folded in {"de", "het", "the"}):
            return not (
                before.folded in {"in", "op", "aan", "bij", "te", "van", "al"}
                and tokens[first].folded in self._given
            )
        return False


PLACEHOLDERS = frozenset({"iemand", "iemands", "someone", "someone's", "anderen", "others", "klas", "class"})


def _settle_ordinary(tokens: Sequence[Token], taken: list[str]) -> None:
    """Decide for the words that are both a name and a word, from how they are used."""
    shouting = sum(len(token.raw) > 1 and token.raw.isupper() for token in tokens) * 2 > len(tokens)
    for at, token in enumerate(tokens):
        if taken[at] not in {"given", "family"}:
            continue
        beside = (at > 0 and taken[at - 1] == "name") or (at + 1 < len(tokens) and taken[at + 1] == "name")
        article = at > 0 and tokens[at - 1].folded in _ARTICLES
        capital = token.capital and not token.first and not (shouting and article)
        used = taken[at] == "given" and _used_as_name(tokens, at)
        taken[at] = "name" if capital or used or (beside and token.capital) else ""


def _used_as_name(tokens: Sequence[Token], at: int) -> bool:
    before = tokens[at - 1].folded if at else ""
    if before in _BEFORE_NAME or (at > 1 and f"{tokens[at - 2].folded} {before}" in _BEFORE_NAME):
        return True
    if not tokens[at].first:
        return False
    return at + 1 < len(tokens) and tokens[at + 1].folded in _AFTER_NAME and not tokens[at + 1].first


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    previous_end = 0
    for match in _TOKEN.finditer(text):
        raw = match.group()
        between = text[previous_end : match.start()]
        ended = any(mark in between for mark in ".!?\n:;")
        first = not found or (ended and not _after_initial(found[-1], between))
        found.append(
            Token(match.start(), match.end(), raw, fold(raw).translate(_LOOK_ALIKES), raw[0].isupper(), first)
        )
        previous_end = match.end()
    return found


def _after_initial(before: Token, between: str) -> bool:
    return len(before.raw) == 1 and before.capital and between.strip() == "."


def _touches(text: str, left: Token, right: Token) -> bool:
    """Whether only a space, a hyphen or an initial's dot stands between two words."""
    between = text[left.end : right.start]
    return between.strip(" -\u00a0") in ({"", "."} if len(left.raw) == 1 else {""})


def _is_ordinary(word: str) -> bool:
    return word in ordinary_words() or word in FUNCTION_WORDS


@cache
def ordinary_words() -> frozenset[str]:
    """Words of which pupils' comments are made: they are not taken for a misspelt name."""
    judging = (word for name in ("polarity.nl", "polarity.en", "topics") for word in word_set(name))
    return word_set("ordinary") | {one for word in judging for one in word.split("|") if one.isalpha()}
