"""Text without case and accents, for comparing words and names. Pure."""

import unicodedata
from functools import lru_cache

_PLAIN_LETTERS = str.maketrans(
    {
        **dict.fromkeys("’`´‘ʼ", "'"),
        **{"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"},
    }
)
"""Apostrophes as one, and the letters that Unicode does not decompose into a plain letter and an accent."""
_CACHED_LENGTH = 80
"""Characters. Longer texts are not remembered, so that nobody fills the memory with them."""


def fold(text: str) -> str:
    """The text without case and accents, with one kind of apostrophe; "Søren’s" and "soren's" are equal."""
    if text.isascii():
        return text.lower()
    return _folded(text) if len(text) <= _CACHED_LENGTH else _folded.__wrapped__(text)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS))
    return "".join(char for char in plain if not unicodedata.combining(char))
