"""The words of a text as names are looked for in them, and the shapes under which one name may be written."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.core.folding import fold

MAX_NAME_LETTERS = 40
"""Nobody is called by a longer word; shapes of longer ones are neither made nor looked up."""

_WORD = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*['’](?!\w)|[^\W\d_]+(?:['’`][^\W\d_]+)*")
_DISGUISED = re.compile(r"#?[^\W_][\w\-.*·$@!|+]{1,60}[^\W_]?")
_LOOK_ALIKES = str.maketrans("аеорсухікмтвнԁ", "aeopcyxikmtbhd")
_LEET = str.maketrans(
    {**dict(zip("0134578$@!|+", "oieastbsaiit", strict=True)), "l": "i", **dict.fromkeys("#-._*· ")}
)
_REPEATED = re.compile(r"(.)\1+")
_INSIDE_SENTENCE = frozenset(" ,-/&+'’%€0123456789")
_DIMINUTIVE = (
    "tje", "tjes", "je", "jes", "pje", "pjes", "etje", "etjes", "ietje", "tsje", "ke", "kes", "eke", "ekes",
    "ie", "ies", "y", "s", "ito", "ita", "ino", "ina", "inho", "inha", "ek", "ka", "ko", "us", "usia",
    "cim", "can",
)  # fmt: skip
"""How Dutch, Flemish, Frisian, Spanish, Italian, Portuguese, Polish and Turkish make a name dearer."""


class Word(NamedTuple):
    """One word of a text."""

    start: int
    end: int
    raw: str
    folded: str
    capital: bool
    first: bool
    """Whether it begins a sentence, a line, a quotation or a bracket, where a capital tells nothing."""


class Disguised(NamedTuple):
    """A run of letters with digits or marks between them: "S4nne", "Me-es", "#teamdaan"."""

    start: int
    end: int
    raw: str
    skeleton: str


def words_of(text: str) -> list[Word]:
    """The words of a normalised text, left to right."""
    found: list[Word] = []
    previous_end = 0
    for match in _WORD.finditer(text):
        raw = match.group()
        between = text[previous_end : match.start()]
        inside = _INSIDE_SENTENCE.issuperset(between) or (found and _after_initial(found[-1], between))
        first = not found or not inside
        folded = fold(raw).translate(_LOOK_ALIKES)
        found.append(Word(match.start(), match.end(), raw, folded, raw[0].isupper(), first))
        previous_end = match.end()
    return found


def disguised(text: str) -> Iterator[Disguised]:
    """What may be a name in disguise: it has a digit or a mark between its letters, or begins with "#"."""
    for match in _DISGUISED.finditer(text):
        raw = match.group().rstrip("-.*·!|+")
        if raw.startswith("#") or (not raw.isalpha() and any(char.isalpha() for char in raw)):
            yield Disguised(match.start(), match.start() + len(raw), raw, skeleton(raw))


def skeleton(text: str) -> str:
    """The text as it reads when digits stand for letters, without marks between them and repeated letters."""
    return collapsed(fold(text).translate(_LOOK_ALIKES).translate(_LEET))


def collapsed(word: str) -> str:
    """The word with each run of one letter as one: "Saaanne" and "Sanne" give the same."""
    return _REPEATED.sub(r"\1", word)


def stems(word: str) -> Iterator[str]:
    """What may be the name in a longer form of it: "Timmetje" gives "tim", "Emre'nin" gives "emre"."""
    if "'" in word:
        yield word.partition("'")[0]
    for ending in _DIMINUTIVE:
        stem = word[: -len(ending)]
        if len(stem) > 2 and word.endswith(ending):
            yield stem
            if len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]


def parts(name: str) -> list[str]:
    """The folded words of a name, without hyphens, dots and digits."""
    return [fold(part) for part in re.split(r"[\s\-._\d]+", name.replace("’", "'")) if part]


def is_shouted(words: Sequence[Word]) -> bool:
    """Whether most words within the sentences have a capital, so that a capital tells nothing."""
    inside = [word.capital for word in words if not word.first]
    return sum(inside) * 2 > max(len(inside), 2)


def touches(text: str, left: Word, right: Word) -> bool:
    """Whether only a space, a hyphen or an initial's dot stands between two words."""
    between = text[left.end : right.start]
    return between.strip(" -") in ({"", "."} if len(left.raw) == 1 else {""})


def _after_initial(before: Word, between: str) -> bool:
    return len(before.raw) == 1 and before.capital and between.strip() == "."
