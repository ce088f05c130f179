"""Draws the figures of a run as bars, in SVG that reads well on light and on dark: docs/images/bench-*.svg.

`python -m tests.benchmarks.plots FILE` draws those of a run that was kept with --json.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.support.services import ROOT

IMAGES = ROOT / "docs" / "images"

WIDTH, LABELS, VALUES = 720, 190, 84
"""Pixels: of the image, of the labels at its left, of the numbers at its right."""
BAR, BETWEEN, GROUP, TOP, BOTTOM = 14, 3, 12, 62, 12
"""Pixels: a bar, the space between two, that between two groups, the title's and the legend's, the foot."""

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2937; }
.title { font-weight: 600; font-size: 15px; }
.quiet { fill: #5b6472; }
.b0 { fill: #0f766e; } .b1 { fill: #c2760c; } .b2 { fill: #6b7280; }
@media (prefers-color-scheme: dark) {
text { fill: #e5e7eb; }
.quiet { fill: #a3acb9; }
.b0 { fill: #2dd4bf; } .b1 { fill: #fbbf24; } .b2 { fill: #9ca3af; }
}
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plot:
    """One image: of a benchmark's report (counted from 0) a group for each row, a bar for each column.

    `labels` is the column that names the rows. `columns` says for each column what the legend calls it.
    """

    file: str
    benchmark: str
    report: int
    title: str
    labels: str
    columns: Mapping[str, str]


PLOTS: Sequence[Plot] = (
    Plot(
        "bench-throughput.svg",
        "throughput",
        0,
        "Summaries a second, with a model that answers at once",
        "",
        {"per second": "more is better"},
    ),
    Plot(
        "bench-cpu.svg",
        "throughput",
        0,
        "Processor time of a summary in ms: workers, PostgreSQL and Valkey",
        "",
        {"CPU ms": "less is better"},
    ),
    Plot(
        "bench-watching.svg",
        "batch",
        1,
        "300 who watch one batch: processor time a minute in ms",
        "watchers",
        {"CPU ms a minute": "the server, PostgreSQL on its behalf, and Valkey"},
    ),
    Plot(
        "bench-growth.svg",
        "growth",
        0,
        "The same calls of one school, median in ms",
        "call",
        {"p50 alone": "alone in the database", "p50 crowded": "beside 1,100,000 jobs of 2,000 schools"},
    ),
)


def write_plots(figures: Mapping[str, Any], folder: Path = IMAGES) -> list[Path]:
    """Write every plot whose benchmark was run; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for plot in PLOTS:
        if plot.benchmark in figures:
            rows = figures[plot.benchmark][plot.report]["rows"]
            drawn.append(folder / plot.file)
            drawn[-1].write_text(svg(plot, rows))
    return drawn


def svg(plot: Plot, rows: Sequence[Row]) -> str:
    """The image. A row without a number in a column has no bar there."""
    shown = [row for row in rows if any(_number(row, column) is not None for column in plot.columns)]
    per_group = len(plot.columns) * (BAR + BETWEEN) + GROUP
    height = TOP + len(shown) * per_group + BOTTOM
    longest = max((value for row in shown for value in _numbers(row, plot)), default=0) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(plot.title)}</title><style>{STYLE}</style>",
        f'<text class="title" x="0" y="20">{escape(plot.title)}</text>',
        *_legend(plot),
    ]
    for index, row in enumerate(shown):
        parts.extend(_group(plot, row, TOP + index * per_group, longest))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(plot: Plot) -> Iterator[str]:
    left = 0
    for index, name in enumerate(plot.columns.values()):
        yield f'<rect class="b{index}" x="{left}" y="33" width="11" height="11" rx="2"/>'
        yield f'<text class="quiet" x="{left + 17}" y="43">{escape(name)}</text>'
        left += 40 + 7 * len(name)


def _group(plot: Plot, row: Row, top: int, longest: float) -> Iterator[str]:
    middle = top + len(plot.columns) * (BAR + BETWEEN) / 2 + 3
    label = escape(str(row[plot.labels]))
    yield f'<text x="{LABELS - 12}" y="{middle:g}" text-anchor="end">{label}</text>'
    for index, column in enumerate(plot.columns):
        value = _number(row, column)
        if value is None:
            continue
        y = top + index * (BAR + BETWEEN)
        width = max(1.0, value / longest * (WIDTH - LABELS - VALUES))
        yield f'<rect class="b{index}" x="{LABELS}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>'
        yield f'<text class="quiet" x="{LABELS + width + 7:.1f}" y="{y + BAR - 3}">{_short(value)}</text>'


def _numbers(row: Row, plot: Plot) -> list[float]:
    found = (_number(row, column) for column in plot.columns)
    return [value for value in found if value is not None]


def _number(row: Row, column: str) -> float | None:
    value = row.get(column)
    return float(value) if isinstance(value, int | float) else None


def _short(value: float) -> str:
    """Three digits that count, and no exponent."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def main() -> None:
    """Draw the run of the file."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for path in write_plots(json.loads(Path(sys.argv[1]).read_text())):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
