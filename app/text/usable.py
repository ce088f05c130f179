"""Usable: whether a comment says anything at all, and how many people have written one that does.

A summary promises a pupil that several people speak in it. Somebody who wrote "-" is none of them: whoever
finds out who did so would know whose words the others are. So comments are weighed before a model sees them,
by kind: no letters, letters that make no word, an answer that defers or declines, a bare "ok".
"""

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from app.text.normalise import visible
from app.text.tokens import CACHED, Phrases, lexicon, words
from app.text.types import Comment

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "abcdefghijklmnopqrstuvwxyz")
_ROWS_BOTH_WAYS = tuple(row for line in _ROWS for row in (line, line[::-1]))
_MIN_RUN = 4
"""So many letters side by side on a keyboard are no word; "were" and "pool" have three at most."""
_VOWELS = frozenset("aeiouy")
_MAX_WORDS = 14
"""Nobody needs more words to say nothing."""
_NO_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Unicode calls these letters, and they are blank."""


@lru_cache(maxsize=CACHED)
def is_empty(text: str) -> bool:
    """Whether a comment has nothing in it that could be said to a pupil."""
    plain = visible(text)
    letters = [char for char in plain if unicodedata.category(char)[0] == "L" and char not in _NO_LETTERS]
    if len(letters) < 2 or _is_typed_at_random(plain):
        return True
    said = words(plain)
    return len(said) <= _MAX_WORDS and _is_covered(said)


def reviewers(comments: Iterable[Comment]) -> frozenset[int]:
    """Who wrote something usable about somebody else. `comments` are as the screen left them, or raw."""
    return frozenset(
        comment.reviewer for comment in comments if comment.kind == "peer" and not is_empty(comment.text)
    )


def _is_typed_at_random(text: str) -> bool:
    """Keyboard runs ("asdfgh"), one or two letters again and again ("xxx", "hahaha"), no vowel anywhere."""
    parts = [word for word in words(text) if word.isalpha()]
    return bool(parts) and all(map(_is_no_word, parts))


@lru_cache(maxsize=8192)
def _is_no_word(word: str) -> bool:
    distinct = len(set(word))
    if distinct == 1 or (distinct == 2 and len(word) >= _MIN_RUN):
        return True
    if len(word) < _MIN_RUN + 1:
        return _on_one_row(word[:_MIN_RUN]) and len(word) == _MIN_RUN
    return not set(word) & _VOWELS or (
        _on_one_row(word[:_MIN_RUN]) and all(_on_one_row(word[at : at + 3]) for at in range(0, len(word), 3))
    )


def _on_one_row(letters: str) -> bool:
    return any(letters in row for row in _ROWS_BOTH_WAYS)


def _is_covered(said: tuple[str, ...]) -> bool:
    """Whether all words belong to a phrase that says nothing, or to its fillers, with one phrase at least."""
    hits = _phrases().find(said)
    spoken = [hit for hit in hits if hit.label != "filler"]
    digits = sum(word.isdigit() for word in said)
    covered = sum(hit.end - hit.start for hit in hits)
    return bool(spoken) and covered + digits >= len(said)


@cache
def _phrases() -> Phrases:
    return Phrases(lexicon("empty"))
