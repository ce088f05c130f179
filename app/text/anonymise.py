"""Anonymise: take what points at a person out of a text, and tell what of it still stands there.

Names come from the roster (names.py); the rest from patterns. Every pattern is bounded, so that a comment of
10,000 characters costs time in proportion to its length and no more.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.locale import Locale
from app.text.languages import language_of
from app.text.normalise import visible
from app.text.roster_names import NameBook
from app.text.types import Comment, RosterName

_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_URL = re.compile(
    r"(?:https?://|www\.)\S{1,2000}"
    r"|\b[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,3}\.(?:nl|com|org|net|io|eu|info|gg)\b(?:/\S{0,2000})?",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<![\w@.])@\w[\w.]{1,30}|\b(?:insta(?:gram)?|snap(?:chat)?|tiktok|discord)\s?[:=]\s?[\w.#@]{2,40}",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w.])(?:\+\d|\(0|0\d)(?:[\s\-./()]{0,2}\d){7,13}(?!\w)")
_NUMBER = re.compile(
    r"(?:\b(?:leerling|student(?:en)?)\s?(?:nummer|nr|number|no)\.?\s?:?\s?)?"
    r"(?<!\w)[a-zA-Z]{0,2}\d{5,12}(?!\w)"
)
_LEVEL = r"(?:havo|vwo|mavo|vmbo|gymnasium|atheneum|kader|basis|gym|ath)"
_CLASS = re.compile(
    r"\b(?:de\s|the\s)?(?:klas|class|year|mentorklas)\s(?:\d\w{0,4}|[A-Z]{1,3}\d\w{0,2})\b"
    rf"|\b[1-6]\s?{_LEVEL}(?:[\s\-]?[A-Z]?\d?)\b|\b{_LEVEL}[\s\-]?[1-6][a-z]?\b"
    r"|\b(?!(?:1E|2E|3E|4K|2D|3D|4D|1V1|2X|3X|4X|5X|1X)\b)[1-6][A-Z]{1,4}\d{0,2}[a-z]?\b"
    r"|\b(?:H|V|HV|MH|TH|AH|HA|VG|TL|GT|KB|BB)[1-6][A-Za-z]?\b|\b[ABGMT][1-6][A-Za-z]\b"
)
_SPACED = re.compile(r"\b(?:[^\W\d_][ .\-_*]){3,20}[^\W\d_]\b")
_TITLED = re.compile(
    r"\b(?:[Mm]eneer|[Mm]evrouw|[Mm]evr\.|[Dd]hr\.|[Mm]w\.|[Jj]uf|[Mm]eester|Mr\.?|Mrs\.?|Ms\.?|Miss)\s"
    r"(?:(?:van|de|der|den|ten|ter)\s){0,3}[A-Z][\w'’]{1,30}"
)
_PATTERNS = (
    ("email", _EMAIL, "@"),
    ("url", _URL, "."),
    ("handle", _HANDLE, ""),
    ("phone", _PHONE, ""),
    ("number", _NUMBER, ""),
    ("class", _CLASS, ""),
    ("name", _TITLED, ""),
)
_NEUTRAL: dict[Locale, dict[str, str]] = {
    "nl": {
        "name": "iemand",
        "names": "anderen",
        "possessive": "iemands",
        "email": "een e-mailadres",
        "url": "een link",
        "handle": "iemand",
        "phone": "een telefoonnummer",
        "number": "een nummer",
        "class": "de klas",
    },
    "en": {
        "name": "someone",
        "names": "others",
        "possessive": "someone's",
        "email": "an e-mail address",
        "url": "a link",
        "handle": "someone",
        "phone": "a phone number",
        "number": "a number",
        "class": "the class",
    },
}
_LISTED = re.compile(r"\s*(?:,|\ben\b|\band\b|&|/|\+|\bof\b|\bor\b)\s*(?:en\s|and\s)?\s*", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"(?:^|[.!?\n,]\s*|\b(?:hoi|hey|hi|hallo|hello|dear|beste|lieve|bedankt|thanks|dankjewel)\s)$",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(r"(?:^|[.!?\n])[\s\"'“‘(]*$")
ROSTERS = 8
"""Classes that one process may be at, more or less; each roster with its words takes up to some megabytes."""
_PASSES = 3
"""Taking one thing out may lay another bare; two passes settle it, three are sure."""


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    kind: str


class Anonymiser:
    """Takes out the names of one roster; it takes milliseconds to build, and remembers what it looked up."""

    def __init__(self, roster: Sequence[RosterName]) -> None:
        self._names = NameBook(roster)
        numbers = {person.number for person in roster if len(person.number) > 2}
        self._numbers = (
            re.compile("|".join(rf"(?<!\w){re.escape(number)}(?!\w)" for number in numbers))
            if numbers
            else None
        )

    def clean(self, text: str) -> str:
        """The text without anything that points at a person; neutral words of its own language stand in."""
        clean = visible(text)
        language = language_of(clean) or "nl"
        for _ in range(_PASSES):
            spans = self._spans(clean)
            if not spans:
                break
            clean = _replace(clean, spans, _NEUTRAL[language])
        return clean.strip()

    def leaks(self, text: str) -> tuple[str, ...]:
        """What stands in this text, sorted: class, email, handle, invisible, name, number, phone, url."""
        plain = visible(text)
        kinds = {"name" if span.kind in {"possessive", "names"} else span.kind for span in self._spans(plain)}
        if (
            len(plain) < len(text)
            and plain != text
            and any(not char.isprintable() and char not in "\n\t" for char in text)
        ):
            kinds.add("invisible")
        return tuple(sorted(kinds))

    def _spans(self, text: str) -> list[_Span]:
        """What must go, left to right, without overlap; an earlier pattern goes before a later one."""
        found: list[_Span] = []
        for kind, pattern, needs in _PATTERNS:
            if needs in text:
                found += [_Span(match.start(), match.end(), kind) for match in pattern.finditer(text)]
        if self._numbers:
            found += [_Span(match.start(), match.end(), "number") for match in self._numbers.finditer(text)]
        for name in self._names.spans(text):
            found.append(_Span(name.start, name.end, "possessive" if name.possessive else "name"))
        for match in _SPACED.finditer(text):
            if self._names.spans(re.sub(r"[ .\-_*]", "", match.group())):
                found.append(_Span(match.start(), match.end(), "name"))
        return _apart(found)


@lru_cache(maxsize=ROSTERS)
def anonymiser_of(roster: tuple[RosterName, ...]) -> Anonymiser:
    """The one for this roster: that of a class serves all its pupils, one after the other."""
    return Anonymiser(roster)


def anonymise(comments: Iterable[Comment], anonymiser: Anonymiser) -> tuple[Comment, ...]:
    """The comments with clean texts; number, reviewer and criterion stay."""
    return tuple(replace(comment, text=anonymiser.clean(comment.text)) for comment in comments)


def _apart(spans: list[_Span]) -> list[_Span]:
    """Spans that overlap become the first of them, widened."""
    apart: list[_Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if apart and span.start < apart[-1].end:
            if span.end > apart[-1].end:
                apart[-1] = replace(apart[-1], end=span.end)
        else:
            apart.append(span)
    return apart


def _replace(text: str, spans: list[_Span], neutral: dict[str, str]) -> str:
    """The text with neutral words for the spans; names in a row become "anderen", a name called out goes."""
    pieces: list[str] = []
    at = 0
    for span in _joined(text, spans):
        before, after = text[at : span.start], text[span.end :]
        pieces.append(before)
        at = span.end
        if span.kind == "name" and _is_called_out(text[: span.start][-40:], after):
            at = _drop_comma(pieces, text, at)
            continue
        word = neutral[span.kind]
        pieces.append(
            word[0].upper() + word[1:] if _SENTENCE_START.search(text[: span.start][-12:]) else word
        )
    return "".join(pieces) + text[at:]


def _joined(text: str, spans: list[_Span]) -> list[_Span]:
    joined: list[_Span] = []
    for span in spans:
        between = text[joined[-1].end : span.start] if joined else ""
        if (
            joined
            and joined[-1].kind in {"name", "names"}
            and span.kind == "name"
            and _LISTED.fullmatch(between)
        ):
            joined[-1] = _Span(joined[-1].start, span.end, "names")
        else:
            joined.append(span)
    return joined


def _is_called_out(before: str, after: str) -> bool:
    """Whether the name only addresses someone: "Sanne, je…", "goed gedaan, Sanne!"."""
    if not _ADDRESSED.search(before):
        return False
    ends = not after.strip() or after.lstrip()[:1] in ",.!?"
    return ends and bool(before.strip() or after.strip(" ,.!?"))


def _drop_comma(pieces: list[str], text: str, at: int) -> int:
    """Leave no comma behind where a called-out name stood; returns where the text goes on."""
    pieces[-1] = pieces[-1].rstrip(" ")
    if text[at : at + 1] == "," and (
        not pieces[-1].strip() or pieces[-1].endswith((".", "!", "?", "\n", ","))
    ):
        at += 1
    elif pieces[-1].endswith(",") and text[at : at + 1] in {"", ".", "!", "?"}:
        pieces[-1] = pieces[-1][:-1]
    if not "".join(pieces).strip():
        rest = text[at:].lstrip()
        pieces.append(rest[:1].upper())
        return len(text) - len(rest) + 1
    return at
