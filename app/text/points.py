"""Points, statements and what is left out: the values that the steps of a summary hand on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from app.text.types import Kind

Theme = Literal[
    "planning", "deadlines", "attendance", "agreements", "effort", "quality", "initiative", "ideas",
    "listening", "communication", "online_contact", "collaboration", "task_division", "leadership",
    "feedback", "helping", "atmosphere", "conflict", "presenting", "research", "writing", "building",
    "coding", "design", "focus", "independence", "responsibility", "creativity", "stress", "other",
]  # fmt: skip
THEMES: tuple[Theme, ...] = get_args(Theme)

Reading = Literal["strength", "growth", "nothing", "unsafe"]
"""What the first reading says of a quote."""
READINGS: tuple[Reading, ...] = get_args(Reading)

Verdict = Literal["praise", "wish", "neither"]
"""What the second reading says of a quote, in other words than the first."""
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that one comment says of the student. `quote` stands literally in that comment."""

    comment: int
    reviewer: int
    quote: str
    kind: Literal["strength", "growth"]
    theme: Theme


@dataclass(frozen=True, slots=True)
class Statement:
    """What the text says in one sentence: agreed points of one theme. On the wire it is a claim.

    `points` are sorted by the length of their quotes, the longest first.
    """

    kind: Kind
    theme: Theme
    points: tuple[Point, ...]

    @property
    def people(self) -> int:
        """How many reviewers it rests on."""
        return len({point.reviewer for point in self.points})

    @property
    def quotes(self) -> tuple[str, ...]:
        """The quotes, the longest first; of a mixed statement one of each kind stands in front."""
        return tuple(point.quote for point in self.points)

    @property
    def comments(self) -> tuple[int, ...]:
        """The numbers of the comments that it rests on."""
        return tuple(sorted({point.comment for point in self.points}))


def reviewers(points: Sequence[Point]) -> int:
    """How many reviewers these points come from."""
    return len({point.reviewer for point in points})
