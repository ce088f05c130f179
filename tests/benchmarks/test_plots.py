"""The plots: well-formed, a bar for each number, long as the number is large."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.benchmarks.plots import PLOTS, Plot, svg, write_plots

SVG = "{http://www.w3.org/2000/svg}"
PLOT = Plot("one.svg", "one", 0, "Apples & pears", "who", {"a": "apples", "b": "pears"})


def bars(image: str) -> list[float]:
    """The widths of the bars; the legend's squares are all 11 wide."""
    rects = ET.fromstring(image).iter(f"{SVG}rect")  # noqa: S314 - our own image
    return [float(rect.attrib["width"]) for rect in rects if rect.attrib["height"] != "11"]


def test_a_bar_is_as_long_as_its_number_is_large() -> None:
    image = svg(PLOT, [{"who": "<we>", "a": 10, "b": 5.0}, {"who": "they", "a": 2.5, "b": None}])
    first, second, third = bars(image)
    assert first == pytest.approx(2 * second, rel=0.01)
    assert first == pytest.approx(4 * third, rel=0.01)
    assert "&lt;we&gt;" in image
    assert "Apples &amp; pears" in image


def test_only_what_was_run_is_drawn(tmp_path: Path) -> None:
    plot = PLOTS[0]
    same = [one for one in PLOTS if one.benchmark == plot.benchmark]
    row = {name: 1.0 for one in same for name in one.columns} | {one.labels: "we" for one in same}
    drawn = write_plots({plot.benchmark: [{"title": "", "rows": [row], "notes": []}]}, tmp_path)
    assert {path.name for path in drawn} == {one.file for one in same}
    assert all(bars(path.read_text()) for path in drawn)
