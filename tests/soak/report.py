"""What an experiment did and found. It fails on anything lost, duplicated, late or otherwise wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

import msgspec

T = TypeVar("T")


@dataclass(frozen=True)
class Scale:
    """How much of an experiment to run. `short` is for the ordinary tests, under 20 s."""

    short: bool
    seed: int
    random: Random = field(init=False, repr=False)
    """Every choice of an experiment comes from here, so that its seed repeats it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "random", Random(self.seed))

    def pick(self, full: T, short: T) -> T:
        """The value for this scale."""
        return short if self.short else full


class Figure(msgspec.Struct, frozen=True):
    """A number, or the percentiles of many in seconds, beside its limit if it has one."""

    what: str
    values: dict[str, float]
    limit: str | None = None


@dataclass
class Report:
    """Filled in by an experiment while it runs; every entry is one plain line."""

    title: str
    did: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Another answer than was promised, or more memory."""

    @property
    def ok(self) -> bool:
        """Nothing lost, nothing twice, nothing late, nothing wrong."""
        return not (self.lost or self.duplicated or self.late or self.wrong)

    def count(self, what: str, found: int, wanted: int) -> None:
        """A number that must be exactly so: less is lost, more is duplicated."""
        self.figures.append(Figure(what, {"n": found}, f"= {wanted}"))
        if found < wanted:
            self.lost.append(f"{what}: {found}, not {wanted}")
        if found > wanted:
            self.duplicated.append(f"{what}: {found}, not {wanted}")

    def note(self, what: str, number: float) -> None:
        """A number without a limit."""
        self.figures.append(Figure(what, {"n": number}))

    def at_most(self, what: str, found: float, most: float) -> None:
        """A number other than a time that has a limit."""
        self.figures.append(Figure(what, {"n": round(found, 1)}, f"≤ {most:g}"))
        if found > most:
            self.wrong.append(f"{what}: {found:.1f}, limit {most:g}")

    def times(self, what: str, seconds: Sequence[float], limit: float | None = None, at: str = "p95") -> None:
        """How long something took each time; late when the percentile `at` is above `limit` seconds."""
        values = spread(seconds)
        limit_text = None if limit is None else f"{at} ≤ {limit:g} s"
        self.figures.append(Figure(what, values, limit_text))
        if limit is not None and seconds and values[at] > limit:
            self.late.append(f"{what}: {at} {values[at]:.2f} s, limit {limit:g} s")

    def text(self) -> str:
        """The report as it is printed."""
        lines = [self.title, *(f"  did         {one}" for one in self.did)]
        lines += [f"  measured    {_line(one)}" for one in self.figures]
        for name in ("lost", "duplicated", "late", "wrong"):
            found: list[str] = getattr(self, name)
            lines += [f"  {name:<11} {one}" for one in found or ["nothing"]]
        return "\n".join(lines)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th and 99th percentile (nearest rank) and the greatest."""
    ordered = sorted(seconds)
    found: dict[str, float] = {"n": len(ordered)}
    if ordered:
        for name, share in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
            found[name] = round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)
        found["max"] = round(ordered[-1], 3)
    return found


def _line(figure: Figure) -> str:
    values = "  ".join(f"{name} {value:g}" for name, value in figure.values.items())
    return f"{figure.what}: {values}" + (f"   ({figure.limit})" if figure.limit else "")
