"""Names of people, Dutch ones above all: taken apart, and written in a form that can be compared."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from app.core.folding import fold

_DUTCH = "'s 't aan bij de den der het in onder op over te ten ter tot uijt uit van ver voor"
"""The words that the prefixes of the Dutch persons register (Landelijke tabel 36) are made of."""
_OTHER = "vom von zu zum zur d' des du l' la las le les lo los da dal degli del della di do dos al el"
_ABBREVIATED = "v.d v.d. v/d v/d. vd vd. v.den v.der"
"""How people shorten "van de", "van den" and "van der"."""
_PARTICLES = frozenset(f"{_DUTCH} {_OTHER} {_ABBREVIATED}".split())
_SHORTENED_TO_A_LETTER = frozenset({"v", "v.", "d", "d."})
"""Particles in lower case only: a capital is the initial of a given name."""
_MAX_INFIX_WORDS = 3
_JOINED = re.compile(r"\s*[-\u2010-\u2013]\s*")
_APOSTROPHES = str.maketrans("’‘`´ʼ", "'''''")
_NICKNAME = re.compile(r"[(\"“”„]([^()\"“”„]{1,60})[)\"“”]")


@lru_cache(maxsize=4096)
def match_key(text: str) -> str:
    """The text without case, accents, punctuation and surplus spaces, by which labels are compared."""
    return " ".join("".join(_words_and_spaces(fold(text))).split())


def _words_and_spaces(folded: str) -> Iterator[str]:
    for char in folded:
        if char.isalnum():
            yield char
        elif char not in "'." and unicodedata.category(char) not in {"Mn", "Cf"}:
            yield " "


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the parts that Dutch schools store. All empty: no name is known."""

    given: str = ""
    infix: str = ""
    family: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        """The whole name, given name first."""
        return " ".join(part for part in (self.given, self.infix, self.family) if part)

    @property
    def key(self) -> str:
        """Equal for two ways of writing the same name."""
        return match_key(self.full)


@lru_cache(maxsize=4096)
def parse_name(text: str) -> Name:
    """The parts of a name as a person writes it.

    "Jan van der Berg", "Berg, Jan van der", "Van der Berg, Jan" and "Berg van der, Jan" give the same parts.
    "Johanna (Joke) Smit" has an alias. Without infix or comma the last word is the family name.
    """
    aliases = _nicknames(text)
    plain = _JOINED.sub("-", _NICKNAME.sub(" ", text))
    if "," in plain:
        return _from_comma(_comma_parts(plain), aliases)
    words = _glue(plain.split())
    for start in range(1, len(words) - 1):
        length = _infix_at(words, start)
        if length:
            return Name(
                " ".join(words[:start]),
                " ".join(words[start : start + length]),
                " ".join(words[start + length :]),
                aliases,
            )
    return Name(" ".join(words[:-1] or words), "", words[-1] if len(words) > 1 else "", aliases)


def name_from_parts(given: str, infix: str = "", family: str = "", aliases: Iterable[str] = ()) -> Name:
    """A name from the columns of a roster. `family` may hold the infix too.

    It may be "van der Berg", "Berg, van der" or "Berg van der".
    """
    nicknames = (*aliases, *_nicknames(given))
    given = " ".join(_NICKNAME.sub(" ", given).split())
    if infix or not family:
        return Name(given, infix, family, nicknames)
    return _from_comma([*_comma_parts(family), given.split()], nicknames)


def _nicknames(text: str) -> tuple[str, ...]:
    return tuple(" ".join(found.split()) for found in _NICKNAME.findall(text))


def _comma_parts(text: str) -> list[list[str]]:
    return [part.split() for part in text.split(",") if part.strip()]


def _from_comma(parts: list[list[str]], aliases: tuple[str, ...]) -> Name:
    """The name of [family, given], [family, infix, given] or [family, given infix]."""
    if not parts:
        return Name(aliases=aliases)
    family = _glue(parts[0])
    given = [word for part in parts[1:] for word in part]
    infix: list[str] = []
    if lead := _infix_at(family, 0):
        infix, family = family[:lead], family[lead:]
    elif tail := _infix_before(family):
        infix, family = family[-tail:], family[:-tail]
    elif tail := _infix_before(given):
        infix, given = given[-tail:], given[:-tail]
    elif lead := _infix_at(given, 0):
        infix, given = given[:lead], given[lead:]
    return Name(" ".join(given), " ".join(infix), " ".join(family), aliases)


def _glue(words: list[str]) -> list[str]:
    """Join the words of a double name: "Jansen-de" and "Wit" become "Jansen-de Wit"."""
    glued: list[str] = []
    for word in words:
        if glued and "-" in glued[-1] and is_particle(glued[-1].rpartition("-")[2]):
            glued[-1] = f"{glued[-1]} {word}"
        else:
            glued.append(word)
    return glued


def is_particle(word: str) -> bool:
    """Whether this word belongs to an infix: "van", "der", "v.d."."""
    plain = word.lower().translate(_APOSTROPHES)
    return plain in _PARTICLES or word in _SHORTENED_TO_A_LETTER


def _infix_at(words: list[str], start: int) -> int:
    """How many particles begin at `start`; at least one word of a name must follow them."""
    limit = min(_MAX_INFIX_WORDS, len(words) - start - 1)
    return sum(1 for _ in takewhile(is_particle, words[start : start + max(limit, 0)]))


def _infix_before(words: list[str]) -> int:
    """How many particles end the words; at least one word of a name must stand before them."""
    limit = min(_MAX_INFIX_WORDS, len(words) - 1)
    return sum(1 for _ in takewhile(is_particle, words[: -limit - 1 : -1])) if limit > 0 else 0
