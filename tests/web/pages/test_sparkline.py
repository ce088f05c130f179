"""The lines of the dashboard: within their box, from zero, with gaps where nothing is known."""

import re

from hypothesis import given
from hypothesis import strategies as st

from web.pages.shared.sparkline import HEIGHT, MARGIN, WIDTH, sparkline

VALUES = st.lists(st.none() | st.floats(0, 1e9, allow_subnormal=False), max_size=80)


def points(path: str) -> list[tuple[float, float]]:
    """The points that a path names."""
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path)]


@given(VALUES)
def test_every_known_value_is_a_point_within_the_box(values: list[float | None]) -> None:
    found = points(sparkline(values).line)
    assert len(found) == sum(value is not None for value in values)
    assert all(0 <= x <= WIDTH and MARGIN <= y <= HEIGHT - MARGIN for x, y in found)
    assert [x for x, _ in found] == sorted(x for x, _ in found)


@given(VALUES)
def test_a_gap_breaks_the_line(values: list[float | None]) -> None:
    runs = re.findall(r"v+", "".join("-" if value is None else "v" for value in values))
    found = sparkline(values)
    assert found.line.count("M") == len(runs)
    assert found.line.count("h0") == sum(len(run) == 1 for run in runs), "one alone is a dot"
    assert found.area.count("Z") == sum(len(run) > 1 for run in runs)


def test_the_scale_goes_from_nothing_to_the_highest() -> None:
    found = sparkline([0, 5, 10], width=100, height=20)
    assert found.line == "M0.0,18.0 L50.0,10.0 L100.0,2.0"
    assert found.area == "M0.0,20 L0.0,18.0 L50.0,10.0 L100.0,2.0 L100.0,20Z"
    assert found.highest == 10


def test_nothing_known_draws_nothing_and_zeros_lie_on_the_ground() -> None:
    assert (sparkline([]).line, sparkline([None, None]).line, sparkline([None]).highest) == ("", "", None)
    assert {y for _, y in points(sparkline([0, 0, 0]).line)} == {HEIGHT - MARGIN}
