"""A figure with its goal, the sections that measure them, and the table in which they are shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

Half = Literal["seen", "unseen"]
"""PeerNL in two halves: misses are looked at in the first only, and both halves' figures are shown."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of something that was counted, and the goal that it must reach."""

    name: str
    part: int
    whole: int
    at_least: float | None = None
    """The least share that will do, 0 to 1; None where a figure is only told."""
    at_most: float | None = None
    misses: tuple[str, ...] = ()
    """What fell short, each with the id of its comment."""

    @property
    def share(self) -> float:
        """The share, 0 to 1; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.at_least is not None:
            return self.share >= self.at_least
        return self.share <= self.at_most if self.at_most is not None else None

    def row(self) -> tuple[str, str, str, str]:
        """Figure, goal, measured and whether it was reached, as they are shown."""
        goal = "–"
        if self.at_least is not None:
            goal = f"≥ {self.at_least:.1%}"
        elif self.at_most is not None:
            goal = f"≤ {self.at_most:.1%}"
        reached = {True: "yes", False: "no", None: "–"}[self.reached]
        return self.name, goal, f"{self.share:.2%} ({self.part} of {self.whole})", reached


Measure = Callable[[], Sequence[Figure]]
SECTIONS: dict[str, Measure] = {}


def section(name: str) -> Callable[[Measure], Measure]:
    """Register a function without arguments as the section of this name."""

    def register(measure: Measure) -> Measure:
        SECTIONS[name] = measure
        return measure

    return register


def half_of(key: str) -> Half:
    """The half of PeerNL in which the row of this id falls, by a hash of the id."""
    return "seen" if sha256(key.encode()).digest()[0] % 2 == 0 else "unseen"


def table(figures: Iterable[Figure]) -> str:
    """The figures as a table in Markdown."""
    rows = [("figure", "goal", "measured", "reached"), *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])
