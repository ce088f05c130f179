"""The lines of the dashboard: within their box, from zero, with gaps where nothing is known."""

import re

from hypothesis import given
from hypothesis import strategies as st

from web.pages.shared.sparkline import EDGE, HEIGHT, WIDTH, spark

VALUES = st.lists(st.none() | st.floats(0, 1e9, allow_subnormal=False), max_size=80)


def points(path: str) -> list[tuple[float, float]]:
    """The points that a path names."""
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path)]


@given(VALUES)
def test_every_known_value_is_a_point_within_the_box(values: list[float | None]) -> None:
    drawn = spark(values)
    found = points(drawn.line)
    assert len(found) == sum(value is not None for value in values)
    assert all(0 <= x <= WIDTH and EDGE <= y <= HEIGHT - EDGE for x, y in found)
    assert [x for x, _ in found] == sorted(x for x, _ in found)


@given(VALUES)
def test_a_gap_breaks_the_line(values: list[float | None]) -> None:
    runs = re.findall(r"v+", "".join("-" if value is None else "v" for value in values))
    drawn = spark(values)
    assert drawn.line.count("M") == len(runs)
    assert drawn.line.count("h0") == sum(len(run) == 1 for run in runs), "one alone is a dot"
    assert drawn.area.count("Z") == sum(len(run) > 1 for run in runs)


def test_the_scale_goes_from_nothing_to_the_highest() -> None:
    drawn = spark([0, 5, 10], width=100, height=20)
    assert drawn.line == "M0.0,18.0 L50.0,10.0 L100.0,2.0"
    assert drawn.area == "M0.0,20 L0.0,18.0 L50.0,10.0 L100.0,2.0 L100.0,20Z"
    assert drawn.highest == 10


def test_nothing_known_draws_nothing_and_zeros_lie_on_the_ground() -> None:
    assert (spark([]).line, spark([None, None]).line, spark([None]).highest) == ("", "", None)
    assert {y for _, y in points(spark([0, 0, 0]).line)} == {HEIGHT - EDGE}
