"""Usable: whether a comment says anything at all, by its shape; what it says is for the readings to find.

A writer of comments that say nothing is no reviewer: with "-" beside it, one person's words would pass for
the words of two. The rule knows kinds of emptiness, not single strings where a kind exists.
"""

import re
import unicodedata
from collections.abc import Iterable

from app.text.normalise import visible
from app.text.tokens import word_set, words
from app.text.types import Comment

MAX_DEFERRING_CHARS = 80
"""A longer comment that begins as one of these says more."""

_VOWELS = frozenset("aeiouyáéíóúàèëïöü")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm")
_ELSEWHERE = re.compile(
    r"\W*(?:zie|see|(?:het)?zelfde\sals|same\sas)\s"
    r"(?:hier|boven|hierboven|vorige|de\svorige|vraag|eerder|above|before|previous|the\sprevious|question)\b.{0,40}"
    r"|\W*(?:idem|ditto|hetzelfde)(?:\sals\s\w+)?\W*",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"\W*(?:"
    r"(?:geen|no)\s(?:idee|mening|reactie|antwoord|commentaar|opmerking(?:en)?|op-?\s?(?:en|of)\saanmerkingen"
    r"|klachten|response|comments?|opinion|idea|answer|feedback|remarks?|complaints)\b.{0,20}"
    r"|(?:not\ssure|(?:i\s)?don'?t\sknow|(?:ik\s)?weet\s(?:ik\s)?(?:het\s)?niet|niet\szeker)\b.{0,20}"
    r"|niet\svan\stoepassing\W*|not\sapplicable\W*|n\W?v\W?t\W*|n\W?a\W*"
    r")",
    re.IGNORECASE,
)
_NOT_TOGETHER = re.compile(
    r"\W*(?:ik\s|i\s|we\s|wij\s)?(?:\w+\s){0,2}?(?:niet|nooit|not|never|didn'?t|haven'?t)\b(?:\s\w+){0,4}?\s"
    r"(?:samengewerkt|gewerkt|work(?:ed)?\swith|in\s(?:mijn|my|hetzelfde|dezelfde|the\ssame)"
    r"\s(?:groep(?:je)?|group|team))(?:\s\w+){0,3}\W*",
    re.IGNORECASE,
)
"""The writer says that there was nothing to see: a fact about the writer, which asks for no change."""


def says_something(text: str) -> bool:
    """Whether a comment holds more than nothing: a dash, "ok", an emoji, "n.v.t.", "xxx", "see above".

    Time is linear in the length of the text.
    """
    shown = visible(text).strip()
    if sum(char.isalpha() and unicodedata.category(char) != "Lm" for char in shown) < 2:
        return False
    if len(shown) <= MAX_DEFERRING_CHARS and any(
        pattern.fullmatch(shown) for pattern in (_ELSEWHERE, _NO_ANSWER, _NOT_TOGETHER)
    ):
        return False
    nothing = word_set("nothing")
    return any(word not in nothing and not word.isdigit() and not _is_noise(word) for word in words(shown))


def reviewers(comments: Iterable[Comment]) -> int:
    """How many people wrote comments that say something; give it those that the screen left."""
    return len({one.reviewer for one in comments if one.kind == "peer" and says_something(one.text)})


def _is_noise(word: str) -> bool:
    """A hand that fell on the keys: one letter repeated, a run of keys, many letters without a vowel."""
    if len(word) < 2 or len(set(word)) == 1:
        return True
    if len(word) >= 4 and any(word in row or word in row[::-1] for row in _KEYBOARD):
        return True
    if len(word) >= 5 and len(set(word)) <= 2:
        return True
    return len(word) >= 6 and word.isascii() and not set(word) & _VOWELS
