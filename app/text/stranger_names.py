"""Stranger names: people of no roster, by a list of first names and by capitals that nothing else explains.

What cannot be told is taken out: a name too many costs a word, a name too few a promise.
"""

import re
from collections.abc import Iterator, Sequence

from app.text.findings import Finding, Kind
from app.text.name_words import Word, disguised, is_shouted, touches
from app.text.roster_search import used_as_name
from app.text.word_lists import (
    PLACEHOLDERS,
    first_names,
    is_compound,
    is_form_of_ordinary,
    known_capitals,
    section,
)

_PLACE_BEFORE = frozenset({"in", "uit", "te", "from", "at"})
_NAME_INFIX = frozenset(
    {"van", "de", "der", "den", "ten", "ter", "el", "al", "ait", "le", "la", "mc", "ben", "da", "di"}
)
_LINKED = re.compile(r"-[a-z]{3}")
"""What goes on like this is named after somebody: "de Nernst-vergelijking"."""
_MAX_ACRONYM = 6
_LETTERS_OF_PREFIX = ("Mc", "Mac", "De", "Van", "El", "Al", "Le", "La", "O'")


def stranger_findings(text: str, words: Sequence[Word]) -> Iterator[Finding]:
    """Every name in this text that is one on no roster's account; and unknown words with a capital."""
    shouted = is_shouted(words)
    reasons = [_reason(words, at, shouted) for at in range(len(words))]
    for at, word in enumerate(words):
        if reasons[at] == "unknown capital" and _LINKED.match(text, word.end):
            reasons[at] = ""
    at = 0
    while at < len(words):
        if not reasons[at]:
            at += 1
            continue
        first = last = at
        while last + 1 < len(words) and (step := _goes_on(text, words, reasons, last)):
            last += step
        while first > 0 and _leads(text, words, first):
            first -= 1
        reason = next((one for one in reasons[at : last + 1] if one == "first name"), reasons[at])
        yield Finding(words[first].start, words[last].end, _kind(words, first, last, reason), reason)
        at = last + 1
    for chunk in disguised(text):
        plain = chunk.raw.translate(_DIGITS).casefold() if any(char.isdigit() for char in chunk.raw) else ""
        if len(plain) > 3 and plain in first_names():
            yield Finding(chunk.start, chunk.end, "name", "disguised")


_DIGITS = str.maketrans("013457", "oieast")


def _reason(words: Sequence[Word], at: int, shouted: bool) -> str:
    """Why this word is taken for a name; empty when it is not."""
    word = words[at]
    bare = word.folded.partition("'")[0]
    if bare in PLACEHOLDERS:
        return ""
    if _is_first_name(words, at, bare):
        return "first name"
    if not word.capital or shouted or bare in known_capitals():
        return ""
    if bare in section("given"):
        used = not word.first or used_as_name(words, at, given=True) or word.folded.endswith("'s")
        return "first name" if used else ""
    return _unknown_first(words, at, bare) if word.first else _unknown_inside(word, bare)


def _unknown_first(words: Sequence[Word], at: int, bare: str) -> str:
    """A word that begins a sentence and is no word of Dutch or English, before what somebody does."""
    made = is_form_of_ordinary(bare) or is_compound(bare) or bare.endswith("en")
    following = words[at + 1] if at + 1 < len(words) else None
    acts = following is not None and following.folded in section("after") and not following.first
    return "unknown before a verb" if acts and not made and not words[at].raw.isupper() else ""


def _unknown_inside(word: Word, bare: str) -> str:
    """A word with a capital within a sentence that nothing else explains."""
    if bare in section("family"):
        return "family name"
    explained = is_form_of_ordinary(bare) or _is_acronym(word.raw) or _is_brand(word.raw)
    return "" if explained or len(word.raw) == 1 else "unknown capital"


def _is_first_name(words: Sequence[Word], at: int, bare: str) -> bool:
    names, word = first_names(), words[at]
    if bare not in names and not (
        bare.endswith("s") and bare[:-1] in names and word.capital and len(bare) > 4
    ):
        return False
    return word.capital or len(bare) > 3 or used_as_name(words, at, given=True)


def _is_acronym(raw: str) -> bool:
    letters = raw.removesuffix("'s").rstrip("s")
    return letters.isupper() and len(letters) <= _MAX_ACRONYM


def _is_brand(raw: str) -> bool:
    """A capital within the word, as "YouTube" has, but "McDonald" is a name."""
    return (
        any(char.isupper() for char in raw[1:])
        and not raw.startswith(_LETTERS_OF_PREFIX)
        and not raw.isupper()
    )


def _goes_on(text: str, words: Sequence[Word], reasons: Sequence[str], last: int) -> int:
    """By how many words the name goes on: further names, and an infix between them."""
    if not touches(text, words[last], words[last + 1]) or words[last].folded.endswith(("'s", "'")):
        return 0
    if reasons[last + 1] and words[last + 1].capital:
        return 1
    ahead = last + 1
    while (
        ahead < len(words)
        and words[ahead].folded in section("infix")
        and touches(text, words[ahead - 1], words[ahead])
    ):
        ahead += 1
    return ahead - last if last + 1 < ahead < len(words) and words[ahead].capital and reasons[ahead] else 0


def _leads(text: str, words: Sequence[Word], first: int) -> bool:
    """Whether the word before belongs to the name: a title, an initial, or an infix with a capital."""
    before, word = words[first - 1], words[first]
    if not touches(text, before, word):
        return False
    if before.folded in section("title"):
        return True
    if len(before.raw) == 1:
        return before.capital and before.folded not in {"i", "u"} and text[before.end] == "."
    return before.capital and before.folded in _NAME_INFIX and word.capital


def _kind(words: Sequence[Word], first: int, last: int, reason: str) -> Kind:
    if words[last].folded.endswith(("'s", "'")):
        return "possessive"
    before = words[first - 1].folded if first else ""
    return "place" if reason == "unknown capital" and before in _PLACE_BEFORE else "name"
