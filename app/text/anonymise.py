"""Anonymise: take what points at a person out of a text, and tell what of it still stands there.

A text is normalised and cut into words once. Rules then find what points at a person, each with a reason:
names of the roster (roster_search.py), names of others (stranger_names.py), addresses, numbers, classes and
places (identifier_patterns.py), and words by which a class knows who is meant (indirect.py). Neutral words
stand in for what was found (neutral.py). Time is linear in the length of the text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from app.text.findings import Finding, apart
from app.text.identifier_patterns import number_findings, pattern_findings, plain_number
from app.text.indirect import indirect_findings
from app.text.languages import language_of
from app.text.name_words import words_of
from app.text.neutral import replaced, without_empty_sentences
from app.text.normalise import normalise, visible
from app.text.roster_names import RosterNames
from app.text.roster_search import roster_findings, spaced_findings
from app.text.stranger_names import stranger_findings
from app.text.types import Comment, RosterName

ROSTERS = 8
"""Classes that one process may be at, more or less; each roster with its words takes up to some megabytes."""
_PASSES = 3
"""Taking one thing out may lay another bare; two passes settle it, three are sure."""


class Anonymiser:
    """Takes out what points at a person; it takes milliseconds to build, and remembers what it looked up."""

    def __init__(self, roster: Sequence[RosterName]) -> None:
        self._names = RosterNames(roster)
        self._numbers = frozenset(plain_number(person.number) for person in roster if len(person.number) > 2)

    def clean(self, text: str) -> str:
        """The text, normalised, without anything that points at a person.

        Neutral words of its language stand in ("iemand", "de klas"); a sentence that then says nothing goes.
        """
        clean = normalise(text)
        language = language_of(clean) or "nl"
        for _ in range(_PASSES):
            findings = self.findings(clean)
            if not findings:
                break
            clean = normalise(without_empty_sentences(replaced(clean, findings, language)))
        return clean

    def leaks(self, text: str) -> tuple[str, ...]:
        """The kinds of what points at a person in this text, sorted; "invisible" for hidden characters."""
        kinds = {
            "name" if one.kind in {"possessive", "names"} else one.kind
            for one in self.findings(normalise(text))
        }
        if len(visible(text)) < len(text) and any(
            not char.isprintable() and char not in "\n\t" for char in text
        ):
            return tuple(sorted({*kinds, "invisible"}))
        return tuple(sorted(kinds))

    def findings(self, text: str) -> list[Finding]:
        """What points at a person in a normalised text, left to right and without overlap."""
        words = words_of(text)
        return apart(
            (
                *pattern_findings(text),
                *number_findings(text, self._numbers),
                *roster_findings(text, words, self._names),
                *spaced_findings(text, self._names),
                *stranger_findings(text, words),
                *indirect_findings(text),
            )
        )


@lru_cache(maxsize=ROSTERS)
def anonymiser_of(roster: tuple[RosterName, ...]) -> Anonymiser:
    """The one for this roster: that of a class serves all its students, one after the other."""
    return Anonymiser(roster)


def anonymise(comments: Iterable[Comment], anonymiser: Anonymiser) -> tuple[Comment, ...]:
    """The comments with clean texts; number, reviewer and criterion stay."""
    return tuple(replace(comment, text=anonymiser.clean(comment.text)) for comment in comments)
