"""Normalise: one spelling for what looks alike, so that all later rules and limits see the same text."""

import re
import unicodedata

_LINE_END = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2800]")
_FORMAT = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_STACKED = re.compile(r"([\u0300-\u036f]{2})[\u0300-\u036f]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def visible(text: str) -> str:
    """The text in NFKC without characters that nobody can see (zero-width, bidi, tags, controls).

    No letter keeps more than two of the marks that can be piled upon it.
    """
    composed = unicodedata.normalize("NFKC", _FORMAT.sub("", text))
    shown = _STACKED.sub(r"\1", _CONTROL.sub(" ", _FORMAT.sub("", composed)))
    return unicodedata.normalize("NFKC", shown)


def normalise(text: str) -> str:
    """The text as `visible` gives it, with single blanks, one kind of line end and at most one empty line.

    NFKC can make eighteen characters of one, and blanks go: limit the length of a comment after this, not
    before. Time is linear in the length, and normalising twice changes nothing more.
    """
    lines = visible(_LINE_END.sub("\n", text)).split("\n")
    return _EMPTY_LINES.sub("\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()
