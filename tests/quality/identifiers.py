"""Identifiers: what points at a person is taken out of a comment, and ordinary words stay."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache

import peernl
from app.text.anonymise import Anonymiser
from app.text.normalise import normalise
from app.text.types import RosterName
from tests.quality.figures import Figure, Half, half_of, section

ROSTER = "names on the roster, removed"
OTHERS = "names of others, contacts, classes, places, removed"
INDIRECT = "indirect, removed"
KEPT, GOOD = "ordinary words, kept", "good sentences in which nothing is found"
GOALS = {ROSTER: 0.98, OTHERS: 0.90, INDIRECT: None, KEPT: 0.995, GOOD: 0.99}
STRANGER = frozenset({"person", "teacher", "contact", "handle", "class", "place"})
_WORD = re.compile(r"\w+")
_RUN = 3
"""An indirect identifier stands as long as this many of its words stand in a row, or all of a shorter one."""


@dataclass(slots=True)
class Count:
    """How many there are, how many came out right, and which did not."""

    right: int = 0
    whole: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, right: bool, miss: str) -> None:
        """Count one."""
        self.right += right
        self.whole += 1
        if not right:
            self.misses.append(miss)

    def figure(self, name: str, goal: float | None, half: Half) -> Figure:
        """The share that came out right; misses are told of the half that may be seen."""
        misses = tuple(self.misses) if half == "seen" else ()
        return Figure(name, self.right, self.whole, at_least=goal, misses=misses)


class Tally:
    """The counts of a part of PeerNL."""

    def __init__(self) -> None:
        self.counts = {name: Count() for name in GOALS}

    def __getitem__(self, name: str) -> Count:
        return self.counts[name]


def measured_comments() -> Iterator[tuple[peernl.Comment, tuple[peernl.Person, ...]]]:
    """Every comment with the roster of its first student, or of its group."""
    seen: set[str] = set()
    groups = [(one.roster, [got.id for got in one.comments]) for one in peernl.students().values()]
    groups += [(one.roster, list(one.comments)) for one in peernl.loose_groups().values()]
    for roster, keys in groups:
        for key in keys:
            if key not in seen:
                seen.add(key)
                yield peernl.comments()[key], roster


def folded_words(text: str) -> list[str]:
    """The words of a text without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


def runs(words: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    """Every run of so many words, with how often it occurs."""
    return Counter(tuple(words[at : at + length]) for at in range(len(words) - length + 1))


def stands(identifier: peernl.Identifier, left: Sequence[str], outside: Sequence[str]) -> bool:
    """Whether an identifier is still there: a name by any word of it, an indirect one by a run of its words.

    `left` are the words that are left, `outside` those of the comment that stand in no identifier: a word
    that is ordinary elsewhere ("Max's max is 3 slides") may stay as often as it stands there.
    """
    parts = folded_words(identifier.text)
    length = min(_RUN, len(parts)) if identifier.kind == "indirect" else 1
    telling = [run for run in runs(parts, length) if len(run) > 1 or run[0] not in COMMON] or list(
        runs(parts, 1)
    )
    remaining, ordinary = runs(left, length), runs(outside, length)
    return any(remaining[run] > ordinary[run] for run in telling)


def tally_comment(tally: Tally, comment: peernl.Comment, clean: str) -> None:
    """Count the identifiers of one comment, and its ordinary words."""
    left, ordinary = folded_words(clean), ordinary_words(comment)
    for identifier in comment.identifiers:
        name = OTHERS if identifier.kind in STRANGER else INDIRECT
        if identifier.kind == "roster":
            name = ROSTER
        gone = not stands(identifier, left, [word for word, outside in ordinary if outside])
        tally[name].add(gone, f"{comment.id} {identifier.kind} {identifier.text!r}: {clean}")
    matcher = SequenceMatcher(None, [word for word, _ in ordinary], left, autojunk=False)
    survived = {at for match in matcher.get_matching_blocks() for at in range(match.a, match.a + match.size)}
    for at, (word, counts) in enumerate(ordinary):
        if counts:
            tally[KEPT].add(at in survived, f"{comment.id} {word!r}: {clean}")


COMMON = frozenset({"de", "van", "aan", "mijn", "moeder"})
"""Words of an identifier that name nobody by themselves."""


def ordinary_words(comment: peernl.Comment) -> list[tuple[str, bool]]:
    """The words of a comment, each with whether it stands outside all identifiers and unusable parts."""
    marked = [False] * len(comment.text)
    for part in [*(identifier.text for identifier in comment.identifiers), *comment.unusable]:
        for found in re.finditer(re.escape(part), comment.text):
            marked[found.start() : found.end()] = [True] * (found.end() - found.start())
    words: list[tuple[str, bool]] = []
    for match in _WORD.finditer(comment.text):
        outside = not any(marked[match.start() : match.end()])
        words += [(word, outside) for word in folded_words(match.group())]
    return words


def tallies() -> dict[Half, Tally]:
    """What is counted in each half."""
    found: dict[Half, Tally] = {"seen": Tally(), "unseen": Tally()}
    for comment, roster in measured_comments():
        anonymiser = anonymiser_of(roster)
        tally = found[half_of(comment.id)]
        tally_comment(tally, comment, anonymiser.clean(comment.text))
        for point in comment.points:
            for sentence in (*point.good.nl, *point.good.en):
                leaks = anonymiser.findings(normalise(sentence))
                tally[GOOD].add(not leaks, f"{comment.id} {[one.reason for one in leaks]}: {sentence}")
    return found


@cache
def anonymiser_of(roster: tuple[peernl.Person, ...]) -> Anonymiser:
    """The anonymiser of this roster."""
    return Anonymiser([RosterName(one.given, one.family, one.infix) for one in roster])


@section("identifiers")
def identifiers() -> Sequence[Figure]:
    """Each figure over all comments, with its goal, and over each half."""
    halves = tallies()
    figures: list[Figure] = []
    for name, goal in GOALS.items():
        seen, unseen = halves["seen"][name], halves["unseen"][name]
        right, whole = seen.right + unseen.right, seen.whole + unseen.whole
        figures.append(Figure(name, right, whole, at_least=goal, misses=tuple(seen.misses)))
        figures.append(Figure("… in the seen half", seen.right, seen.whole))
        figures.append(Figure("… in the unseen half", unseen.right, unseen.whole))
    return figures
