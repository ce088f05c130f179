"""Word lists: which words are ordinary, which are first names, and which capitals name no person."""

import re
from functools import cache

from app.core.folding import fold
from app.text.languages import FUNCTION_WORDS
from app.text.tokens import lexicon, word_set

PLACEHOLDERS = frozenset(
    {"iemand", "iemands", "someone", "someone's", "anderen", "others", "klas", "class", "ergens", "somewhere"}
)
"""What stands in for what was taken out; never taken for a name."""
_ENDINGS = ("en", "es", "s", "e", "n", "t", "'s", "je", "jes", "tje", "tjes", "ly")
_MADE_WORDS = re.compile(
    r"\w{3,}(?:lijke?|heid|heden|ing|ingen|isch|ische|baar|bare|loos|loze|matig|matige|ness|ment|tion|tie|ties)"
)
"""Endings by which Dutch and English make words, and nobody makes names."""


@cache
def section(name: str) -> frozenset[str]:
    """The folded entries of one section of lexicon/names.txt."""
    return frozenset(fold(entry) for part, entry in lexicon("names") if part == name)


@cache
def ordinary_words() -> frozenset[str]:
    """Words of which comments are made: they are taken for a name only when they are used as one."""
    judging = word_set("judging")
    return (
        FUNCTION_WORDS
        | {one for word in judging for one in word.split("|") if one.isalpha()}
        | word_set("ordinary")
        | word_set("words.nl")
        | word_set("words.en")
        | section("given")
        | section("family")
    )


@cache
def first_names() -> frozenset[str]:
    """First names that are no words of Dutch or English."""
    return word_set("given") - section("given")


@cache
def known_capitals() -> frozenset[str]:
    """Words that are written with a capital and name no person: days, languages, tools, methods."""
    return word_set("known")


def is_ordinary(word: str) -> bool:
    """Whether this folded word is an ordinary one."""
    return word in ordinary_words()


def is_form_of_ordinary(word: str) -> bool:
    """Whether this folded word is an ordinary one, or one with an ending: "planningen", "grafiekjes"."""
    words = ordinary_words()
    if word in words or _MADE_WORDS.fullmatch(word):
        return True
    return any(
        word.endswith(end) and len(word) - len(end) > 3 and word[: -len(end)] in words for end in _ENDINGS
    )


def is_compound(word: str) -> bool:
    """Whether this folded word is two ordinary words written as one: "groepsapp", "werksfeer"."""
    words = ordinary_words()
    for cut in range(3, min(len(word) - 2, 20)):
        if word[cut:] in words and (word[:cut] in words or word[: cut - 1] in words):
            return True
    return False
