"""Identifiers: what points at a person is taken out of a comment, and ordinary words stay."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice

import peernl
from app.text.anonymise import Anonymiser
from app.text.types import RosterName
from tests.quality.figures import Figure, Half, half_of, section

GOALS = {"roster": 0.98, "stranger": 0.90, "kept": 0.995}
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

    def figure(self, name: str, at_least: float | None, half: Half) -> Figure:
        """The share that came out right; misses of the unseen half stay unseen."""
        misses = tuple(self.misses) if half == "seen" else ()
        return Figure(name, self.right, self.whole, at_least=at_least, misses=misses)


@dataclass(slots=True)
class Tally:
    """The counts of one half of PeerNL."""

    roster: Count = field(default_factory=Count)
    stranger: Count = field(default_factory=Count)
    indirect: Count = field(default_factory=Count)
    kept: Count = field(default_factory=Count)


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


def tally_comment(tally: Tally, comment: peernl.Comment, clean: str) -> None:
    """Count the identifiers of one comment, and its ordinary words."""
    left = folded_words(clean)
    for identifier in comment.identifiers:
        parts = folded_words(identifier.text)
        run = min(_RUN, len(parts)) if identifier.kind == "indirect" else 1
        standing = {tuple(left[at : at + run]) for at in range(len(left))}
        names = [tuple(parts[at : at + run]) for at in range(len(parts) - run + 1)]
        if identifier.kind in STRANGER:
            names = [name for name in names if name[0] not in COMMON and len(name[0]) > 1] or names
        stands = not standing.isdisjoint(names)
        count = tally.roster if identifier.kind == "roster" else tally.stranger
        if identifier.kind == "indirect":
            count = tally.indirect
        count.add(not stands, f"{comment.id} {identifier.kind} {identifier.text!r}: {clean}")
    ordinary = ordinary_words(comment)
    matcher = SequenceMatcher(None, [word for word, _ in ordinary], left, autojunk=False)
    survived = {at for match in matcher.get_matching_blocks() for at in range(match.a, match.a + match.size)}
    for at, (word, counts) in enumerate(ordinary):
        if counts:
            tally.kept.add(at in survived, f"{comment.id} {word!r}: {clean}")


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


def measure(half: Half, limit: int | None = None) -> Sequence[Figure]:
    """The figures of one half, over at most `limit` comments."""
    tally = Tally()
    chosen = ((one, roster) for one, roster in measured_comments() if half_of(one.id) == half)
    for comment, roster in islice(chosen, limit):
        tally_comment(tally, comment, anonymiser_of(roster).clean(comment.text))
    return [
        tally.roster.figure(f"on the roster, removed ({half})", GOALS["roster"], half),
        tally.stranger.figure(f"not on the roster, removed ({half})", GOALS["stranger"], half),
        tally.indirect.figure(f"indirect, removed ({half})", None, half),
        tally.kept.figure(f"ordinary words, kept ({half})", GOALS["kept"], half),
    ]


_BUILT: dict[tuple[peernl.Person, ...], Anonymiser] = {}


def anonymiser_of(roster: tuple[peernl.Person, ...]) -> Anonymiser:
    """The anonymiser of this roster, built once."""
    if roster not in _BUILT:
        _BUILT[roster] = Anonymiser([RosterName(one.given, one.family, one.infix) for one in roster])
    return _BUILT[roster]


@section("identifiers")
def identifiers() -> Sequence[Figure]:
    """Both halves."""
    return [*measure("seen"), *measure("unseen")]


def names(figures: Iterable[Figure]) -> dict[str, Figure]:
    """The figures by name."""
    return {figure.name: figure for figure in figures}
