"""PeerNL: made-up peer comments with gold labels, read from the files beside this one (see FORMAT.md)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal, TypeVar

import msgspec

Language = Literal["nl", "en", "mixed"]
Locale = Literal["nl", "en"]
Polarity = Literal["positive", "negative", "mixed", "neutral"]
PointKind = Literal["strength", "growth"]
Theme = Literal[
    "planning", "deadlines", "attendance", "agreements", "effort", "quality", "initiative", "ideas",
    "listening", "communication", "online_contact", "collaboration", "task_division", "leadership",
    "feedback", "helping", "atmosphere", "conflict", "presenting", "research", "writing", "building",
    "coding", "design", "focus", "independence", "responsibility", "creativity", "stress", "other",
]  # fmt: skip
Flag = Literal[
    "insult", "threat", "self_harm", "bullying", "sexual", "health", "religion", "ethnicity", "sexuality",
    "home", "accusation_serious", "injection",
]  # fmt: skip
Fault = Literal[
    "inversion", "exaggeration", "invented", "accusation", "topic", "softened_away", "person", "comparison",
    "identity", "prediction", "third_person",
]  # fmt: skip
IdentifierKind = Literal["roster", "person", "teacher", "contact", "handle", "class", "place", "indirect"]
Style = Literal[
    "plain", "typo", "slang", "emoji", "sarcasm", "hedge", "contrast", "negation", "conditional",
    "comparison", "long", "short", "question", "group_level", "about_self",
    "third_person", "understatement", "code_switch", "dialect", "list", "injection",
]  # fmt: skip

FILES = ("a", "b", "c", "d")


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a file, or a part of one."""


class Good(_Row, frozen=True):
    """Excellent sentences for one point, by language."""

    nl: tuple[str, ...]
    en: tuple[str, ...]


class Bad(_Row, frozen=True):
    """A sentence that looks fine and must not be shown."""

    why: Fault
    text: str


class Point(_Row, frozen=True):
    """One thing that a comment says of the receiver."""

    quote: str
    kind: PointKind
    theme: Theme
    good: Good
    bad: tuple[Bad, ...]


class Identifier(_Row, frozen=True):
    """A part of a comment that points at a person."""

    text: str
    kind: IdentifierKind


class Comment(_Row, frozen=True):
    """One comment with its gold labels."""

    id: str
    lang: Language
    level: Literal["onderbouw", "bovenbouw", "mbo", "hbo", "wo"]
    criterion: str | None
    text: str
    polarity: Polarity
    certain: bool
    points: tuple[Point, ...]
    flags: tuple[Flag, ...]
    unusable: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    style: tuple[Style, ...]


class Person(_Row, frozen=True):
    """Somebody on a roster."""

    given: str
    family: str
    infix: str = ""


class Received(_Row, frozen=True):
    """A comment that a student received; reviewers are told apart by a number from 1."""

    id: str
    reviewer: int


class Student(_Row, frozen=True):
    """One student: the comments received and what the summary must say."""

    id: str
    locale: Locale
    roster: tuple[Person, ...]
    """Everybody in the evaluation; the first is the student."""
    comments: tuple[Received, ...]
    must_cover: tuple[tuple[PointKind, Theme], ...]
    must_not: tuple[str, ...]
    differs: tuple[Theme, ...]
    ideal: str
    tips_good: tuple[str, ...]
    tips_bad: tuple[str, ...]


class LooseGroup(_Row, frozen=True):
    """Comments that belong to no student, with a roster that explains their names."""

    id: str
    locale: Locale
    roster: tuple[Person, ...]
    comments: tuple[str, ...]


class SecondReading(_Row, frozen=True):
    """What a second, blind reading said of one comment."""

    id: str
    polarity: Polarity
    sure: bool
    flags: tuple[Flag, ...]
    identifier: bool


_R = TypeVar("_R", Comment, Student, LooseGroup)


@cache
def comments() -> Mapping[str, Comment]:
    """All comments by id, in the order of the files.

    Raises msgspec.ValidationError for a line that is not as FORMAT.md says, and ValueError for an id that
    occurs twice. So do the functions below.
    """
    return _by_id(Comment, [f"comments-{name}.jsonl" for name in FILES])


@cache
def students() -> Mapping[str, Student]:
    """All students by id, in the order of the files."""
    return _by_id(Student, [f"pupils-{name}.jsonl" for name in FILES])


@cache
def loose_groups() -> Mapping[str, LooseGroup]:
    """The groups of comments that belong to no student, by id."""
    return _by_id(LooseGroup, ["loose.jsonl"])


@cache
def second_reading() -> Mapping[str, SecondReading]:
    """What the second reading said, by id of the comment."""
    found: dict[str, SecondReading] = {}
    for row in csv.DictReader(_text("second-reading.tsv").split("\n"), delimiter="\t"):
        found[row["id"]] = msgspec.convert(
            {
                **row,
                "sure": row["sure"] == "1",
                "flags": [flag for flag in row["flags"].split(",") if flag],
                "identifier": row["identifier"] == "1",
            },
            SecondReading,
        )
    return MappingProxyType(found)


@cache
def undisputed() -> Mapping[str, Comment]:
    """The comments whose author and second reader were both sure and gave the same polarity."""
    second = second_reading()
    return MappingProxyType(
        {
            key: comment
            for key, comment in comments().items()
            if comment.certain and second[key].sure and second[key].polarity == comment.polarity
        }
    )


def _by_id(kind: type[_R], names: list[str]) -> Mapping[str, _R]:
    rows = [
        msgspec.json.decode(line, type=kind) for name in names for line in _text(name).split("\n") if line
    ]
    found = {row.id: row for row in rows}
    if len(found) < len(rows):
        raise ValueError(f"an id occurs twice in {', '.join(names)}")
    return MappingProxyType(found)


def _text(name: str) -> str:
    return resources.files("peernl").joinpath(name).read_text(encoding="utf-8")
