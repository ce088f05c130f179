"""Which of the two languages a text is in, told by its function words."""

from collections.abc import Sequence
from functools import lru_cache

from app.core.locale import Locale
from app.text.tokens import CACHED, fold, lexicon, words

_DUTCH = frozenset(fold(word) for section, word in lexicon("function") if section == "nl")
_ENGLISH = frozenset(fold(word) for section, word in lexicon("function") if section == "en")
_ONLY_DUTCH = _DUTCH - _ENGLISH
_ONLY_ENGLISH = _ENGLISH - _DUTCH - {"a"}

FUNCTION_WORDS = _DUTCH | _ENGLISH


@lru_cache(maxsize=CACHED)
def language_of(text: str) -> Locale | None:
    """The language of a text, or None when its function words do not tell."""
    return language_of_words(words(text))


def language_of_words(text: Sequence[str]) -> Locale | None:
    """As `language_of`, of words that are folded already."""
    dutch = sum(word in _ONLY_DUTCH for word in text)
    english = sum(word in _ONLY_ENGLISH for word in text)
    if dutch == english:
        return None
    return "nl" if dutch > english else "en"
