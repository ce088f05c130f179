"""Draws a row of numbers as a line, in the coordinates of an SVG element. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 240
HEIGHT = 48
EDGE = 2
"""Room for the line's own thickness, above and below."""


@dataclass(frozen=True, slots=True)
class Spark:
    """A drawn line: `line` and `area` are path data, empty when there was nothing to draw."""

    line: str
    area: str
    last: float | None
    highest: float | None
    width: int = WIDTH
    height: int = HEIGHT


def spark(values: Sequence[float | None], width: int = WIDTH, height: int = HEIGHT) -> Spark:
    """A line from left (oldest) to right, from zero to the highest value. None is a gap in it.

    A value alone between gaps is a dot: a line of no length, which its round ends make visible.
    """
    known = [value for value in values if value is not None]
    top = max(known, default=0)
    runs = [
        [_point(place, value, len(values), top, width, height) for place, value in run]
        for run in _runs(values)
    ]
    line = " ".join(f"M{' L'.join(run)}" + ("h0" if len(run) == 1 else "") for run in runs)
    area = " ".join(_area(run, height) for run in runs if len(run) > 1)
    last = values[-1] if values else None
    return Spark(line, area, last, top if known else None, width, height)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches without a gap, with the place of each value."""
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def _point(place: int, value: float, count: int, top: float, width: int, height: int) -> str:
    across = place * width / (count - 1) if count > 1 else width / 2
    up = (height - 2 * EDGE) * value / top if top > 0 else 0
    return f"{across:.1f},{height - EDGE - up:.1f}"


def _area(run: Sequence[str], height: int) -> str:
    first, last = (point.split(",")[0] for point in (run[0], run[-1]))
    return f"M{first},{height} L{' L'.join(run)} L{last},{height}Z"
