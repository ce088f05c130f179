"""Turns a row of numbers into a line, in the coordinates of an SVG element. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 240
HEIGHT = 48
MARGIN = 2
"""Space above and below for the thickness of the line."""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`line` and `area` are SVG path data. They are empty when there were no values."""

    line: str
    area: str
    last: float | None
    highest: float | None
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(values: Sequence[float | None], width: int = WIDTH, height: int = HEIGHT) -> Sparkline:
    """A line from left (oldest) to right, from zero to the highest value. None makes a gap.

    A value alone between gaps becomes a dot: a line of no length, which its round ends make visible.
    """
    known = [value for value in values if value is not None]
    highest = max(known, default=0)
    runs = [
        [_point(index, value, len(values), highest, width, height) for index, value in run]
        for run in _runs(values)
    ]
    line = " ".join(f"M{' L'.join(run)}" + ("h0" if len(run) == 1 else "") for run in runs)
    area = " ".join(_area(run, height) for run in runs if len(run) > 1)
    last = values[-1] if values else None
    return Sparkline(line, area, last, highest if known else None, width, height)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches without a gap; each value with its index."""
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((index, value))
    return [run for run in runs if run]


def _point(index: int, value: float, count: int, highest: float, width: int, height: int) -> str:
    x = index * width / (count - 1) if count > 1 else width / 2
    y = height - MARGIN - ((height - 2 * MARGIN) * value / highest if highest > 0 else 0)
    return f"{x:.1f},{y:.1f}"


def _area(run: Sequence[str], height: int) -> str:
    first_x, last_x = (point.split(",")[0] for point in (run[0], run[-1]))
    return f"M{first_x},{height} L{' L'.join(run)} L{last_x},{height}Z"
