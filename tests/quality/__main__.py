"""python -m tests.quality [--misses] [--write] [section …]: print the figures of sections, or of all."""

import argparse
import importlib
import pkgutil
import re
import sys
from pathlib import Path

import tests.quality
from tests.quality.figures import SECTIONS, table

PAGE = Path(__file__).parents[2] / "docs" / "quality.md"


def main() -> int:
    """Print the tables; 1 when a goal is not reached."""
    for module in pkgutil.iter_modules(tests.quality.__path__):
        if not module.name.startswith(("test_", "__")):
            importlib.import_module(f"tests.quality.{module.name}")
    parser = argparse.ArgumentParser(prog="make quality", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(sorted(SECTIONS)))
    parser.add_argument(
        "--misses", action="store_true", help="also list what fell short in the half that may be seen"
    )
    parser.add_argument("--write", action="store_true", help="put the tables into docs/quality.md")
    given = parser.parse_args()
    if unknown := set(given.sections) - SECTIONS.keys():
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    reached = True
    for name in given.sections or sorted(SECTIONS):
        figures = SECTIONS[name]()
        shown = table(figures)
        print(f"\n{name}\n\n{shown}")
        if given.misses:
            print(*(f"  {figure.name}: {miss}" for figure in figures for miss in figure.misses), sep="\n")
        if given.write:
            _put(name, shown)
        reached &= all(figure.reached is not False for figure in figures)
    return 0 if reached else 1


def _put(name: str, shown: str) -> None:
    """Replace the table between the marks of this section. Raises ValueError when the page has none."""
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    page, times = marks.subn(lambda found: f"{found[1]}{shown}\n{found[2]}", PAGE.read_text())
    if not times:
        raise ValueError(f"docs/quality.md has no place for {name}")
    PAGE.write_text(page)


if __name__ == "__main__":
    sys.exit(main())
