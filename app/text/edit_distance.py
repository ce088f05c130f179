"""Spelling: the shapes that one name takes in what pupils write."""

import re
from collections.abc import Iterator


def parts(name: str) -> list[str]:
    """The words of a name, without hyphens, dots and digits."""
    return [part for part in re.split(r"[\s\-._\d]+", name.replace("’", "'")) if part]


def forms(name: str) -> Iterator[str]:
    """Diminutives and plurals of a given name: Sannetje, Timmetje, Evaatje, Bobbie, Jantjes."""
    last = name[-1]
    for small in ("tje", "je", "pje", "etje", f"{last}etje", f"{last}tje", "ke", "ie", f"{last}ie"):
        yield name + small
        yield name + small + "s"


def deletions(word: str) -> set[str]:
    """The word, and it without each of its letters: two words one letter apart share one of these."""
    return {word[:at] + word[at + 1 :] for at in range(len(word))} | {word}


def one_edit(word: str, name: str) -> bool:
    """Whether one letter added, missing, wrong, or one pair swapped makes the one of the other."""
    if word == name or abs(len(word) - len(name)) > 1:
        return word == name
    at = 0
    while at < min(len(word), len(name)) and word[at] == name[at]:
        at += 1
    left, right = word[at:], name[at:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[:2][::-1] and left[2:] == right[2:])
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[1:] == shorter
