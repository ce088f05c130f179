"""Neutral words: what stands in for what was taken out of a text, and which clauses then say nothing."""

import re
from collections.abc import Sequence

from app.core.locale import Locale
from app.text.findings import Finding
from app.text.tokens import words
from app.text.word_lists import PLACEHOLDERS, section

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
        "place": "een plaats",
        "indirect": "iemand",
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
        "place": "a place",
        "indirect": "someone",
    },
}
_CUT = frozenset({"as the only one", "the writer's own story", "newcomer"})
"""Indirect findings that are clauses of their own; in place of the others a word must stand."""
_NEAR = 40
"""Characters; so far is looked around a name."""
_LISTED = re.compile(r" ?(?:,|\ben\b|\band\b|&|/|\+|\bof\b|\bor\b) ?(?:en |and )?", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"(?:^|[.!?\n,]\s?|\b(?:hoi|hey|hi|hallo|hello|dear|beste|lieve|bedankt|thanks|dankjewel) )$",
    re.IGNORECASE,
)
_SPOKEN_TO = re.compile(r" (?:ik|je|jij|ge|gij|u|you|i|we)\b", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?:^|[.!?\n])[\s\"'“‘(]*$")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_ARTICLE = re.compile(r"\b(?:de|het|een|the|a|an|die) $", re.IGNORECASE)
"""Of a name that is used with one: "die visser" becomes "iemand", not "die iemand"."""


def replaced(text: str, findings: Sequence[Finding], language: Locale) -> str:
    """The text with neutral words for the findings, which are apart and in order.

    Names in a row become "anderen"; a name called out goes, and so does a clause that is the writer's own.
    """
    written = _Written(text)
    for one in _joined(text, findings):
        if one.reason in _CUT or (one.kind == "name" and _is_called_out(text, one)):
            written.cut(one)
        else:
            written.put(one, _NEUTRAL[language][one.kind])
    return written.rest()


class _Written:
    """A text that is copied from left to right, with other words for parts of it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[str] = []
        self._at = 0
        self._blank = True
        """Whether nothing but blanks was written so far."""
        self._capital = False
        """Whether what comes next now begins the text."""

    def put(self, one: Finding, word: str) -> None:
        """Copy up to a finding, and put a word in its place."""
        before = self._text[self._at : one.start]
        self._write(_ARTICLE.sub("", before) if one.kind == "name" else before)
        begins = _SENTENCE_START.search(self._text[max(0, one.start - 12) : one.start]) or self._blank
        self._write(word[0].upper() + word[1:] if begins else word)
        self._at = one.end

    def cut(self, one: Finding) -> None:
        """Copy up to a finding, and leave it out with the comma that belonged to it."""
        self._write(self._text[self._at : one.start].rstrip(" "))
        self._at = one.end
        last = next((piece for piece in reversed(self._pieces) if piece), "")
        following = self._text[one.end : one.end + 1]
        if following == "," and (self._blank or last.endswith((".", "!", "?", "\n", ","))):
            self._at += 1
        elif last.endswith(",") and following in {"", ".", "!", "?"}:
            self._pieces[-1] = self._pieces[-1].removesuffix(",")
        self._capital = self._blank

    def rest(self) -> str:
        """Everything that was written, and the rest of the text."""
        self._write(self._text[self._at :])
        return "".join(self._pieces)

    def _write(self, piece: str) -> None:
        if self._capital and piece.strip():
            piece = piece.lstrip()
            piece = piece[0].upper() + piece[1:]
            self._capital = False
        self._pieces.append(piece)
        self._blank = self._blank and not piece.strip()


def without_empty_sentences(text: str) -> str:
    """The text without sentences that hold a stand-in and nothing else that says anything."""
    kept = [match.group() for match in _SENTENCE.finditer(text) if not _says_nothing(match.group())]
    if len(kept) == sum(1 for _ in _SENTENCE.finditer(text)):
        return text
    return "".join(kept)


def _says_nothing(sentence: str) -> bool:
    said = words(sentence)
    return any(word in PLACEHOLDERS for word in said) and all(
        word in PLACEHOLDERS or word in section("empty") for word in said
    )


def _joined(text: str, findings: Sequence[Finding]) -> list[Finding]:
    joined: list[Finding] = []
    for one in findings:
        last = joined[-1] if joined else None
        if last and last.kind in {"name", "names"} and one.kind == "name":
            between = text[last.end : one.start]
            if _LISTED.fullmatch(between):
                joined[-1] = last._replace(end=one.end, kind="names")
                continue
            if between == " ":
                joined[-1] = last._replace(end=one.end)
                continue
        joined.append(one)
    return joined


def _is_called_out(text: str, one: Finding) -> bool:
    """Whether the name only addresses someone: "Sanne, je…", "goed gedaan, Sanne!", "bo je zou…"."""
    before, after = text[max(0, one.start - _NEAR) : one.start], text[one.end : one.end + _NEAR]
    if not _ADDRESSED.search(before):
        return False
    ends = not after.strip() or after.lstrip()[:1] in ",.!?" or _SPOKEN_TO.match(after)
    return bool(ends) and bool(before.strip() or after.strip(" ,.!?"))
