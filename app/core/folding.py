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


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The text without case and accents, with one kind of apostrophe; "Søren’s" and "soren's" are equal."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS))
    return "".join(char for char in plain if not unicodedata.combining(char))
