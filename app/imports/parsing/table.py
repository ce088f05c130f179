"""From text to numbered rows of cells: separator, quotation marks, limits; a broken row costs only itself."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from app.imports.parsing.cells import unescape_cell
from app.imports.parsing.problems import Code, ImportRefused, Problem, Refusal

MAX_ROWS = 10_000
"""PRODUCT.md section 3; rows with anything in them, the header not counted."""
MAX_LOOKED_AT = 10 * MAX_ROWS
"""Rows with nothing in them but separators and quotation marks are no rows, but take time all the same."""
MAX_COLUMNS = 200
MAX_ROW_CHARS = 50_000
"""A row is at most one comment of the greatest length and its labels, with room to spare."""

_SEPARATORS = (";", ",", "\t")
_HINT = re.compile(r"sep=([^\w\s\"]|\t)\r?\n", re.IGNORECASE)
_HEADER_WITHIN = 10
"""A title and some more rows may stand above the header."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_END = "\0"
"""No text holds it: NULs are gone by then."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` is what a spreadsheet shows. Empty cells at its end are left away, or all."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows that hold anything, the header among them."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def separators(text: str) -> tuple[str, ...]:
    """What may stand between the cells; first what Excel's own hint "sep=;" says, if it is there."""
    hint = _HINT.match(text)
    return (hint[1], *_SEPARATORS) if hint else _SEPARATORS


def first_rows(text: str, separator: str) -> tuple[Row, ...]:
    """The rows among which the header must be."""
    rows = (one for one in _rows(text[:MAX_ROW_CHARS], separator) if isinstance(one, Row) and one.cells)
    return tuple(islice(rows, _HEADER_WITHIN))


def read_table(text: str, separator: str) -> Table:
    """The rows of a CSV text.

    Raises ImportRefused for more than MAX_ROWS rows beneath the first, or MAX_LOOKED_AT with empty ones.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    for looked_at, found in enumerate(_rows(text, separator)):
        if isinstance(found, Problem):
            problems.append(found)
        elif found.cells:
            rows.append(found)
        if len(rows) > MAX_ROWS + 1 or len(problems) > 2 * MAX_ROWS or looked_at > MAX_LOOKED_AT:
            raise ImportRefused(Refusal.TOO_MANY_ROWS, limit=f"{MAX_ROWS:,}")
    return Table(tuple(rows), tuple(problems))


class _Lines:
    """The lines of a text with their ends, one at a time. `at` may be set back."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self.at = at

    def take(self) -> str:
        """The next line, or nothing at the end."""
        found = _LINE.match(self._text, self.at)
        line = found[0] if found else ""
        self.at += len(line)
        return line

    def skip(self, blank: re.Pattern[str]) -> int:
        """Passes over the blank lines that are next; how many there were."""
        found = blank.match(self._text, self.at)
        if not found:
            return 0
        self.at = found.end()
        return found[0].count("\n") + found[0].count("\r") - found[0].count("\r\n")


def _rows(text: str, separator: str) -> Iterator[Row | Problem]:
    hint = _HINT.match(text)
    lines = _Lines(text, hint.end() if hint else 0)
    blank = re.compile(rf"[{re.escape(separator)} \t\r\n]*[\r\n]")
    number = 0
    while True:
        skipped = lines.skip(blank)
        line = lines.take()
        if not line:
            return
        if skipped:  # not reported at the end: files often end in empty rows
            yield Problem(Code.ROWS_EMPTY, number + 1, params={"count": skipped})
        number += skipped + 1
        yield from _row(number, line, lines, separator)


def _row(number: int, line: str, lines: _Lines, separator: str) -> Iterator[Row | Problem]:
    if len(line) > MAX_ROW_CHARS:
        yield Problem(Code.ROW_TOO_LONG, number, params={"limit": MAX_ROW_CHARS})
        return
    cells = _cells(line, lines, separator)
    if cells is None:
        yield Problem(Code.UNCLOSED_QUOTE, number)
        return
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        yield Problem(Code.TOO_MANY_CELLS, number)
        return
    cells = [unescape_cell(cell.strip()) for cell in cells]
    if any("\ufffd" in cell for cell in cells):
        yield Problem(Code.UNREADABLE_CHARACTERS, number)
    yield Row(number, tuple(cells))


def _cells(line: str, lines: _Lines, separator: str) -> list[str] | None:
    """The cells of the row that begins with `line`; takes more lines while a quotation mark is open.

    None, and nothing taken, when the mark is still open after as much as a row may hold, or seems to be
    closed by the opening mark of a later row: then it is a slip, and what follows are rows of their own.
    """
    if '"' not in line:
        return line.rstrip(f"{separator} \t\r\n").split(separator, MAX_COLUMNS + 1)
    after = lines.at

    def feed() -> Iterator[str]:
        yield line
        while lines.at - after <= MAX_ROW_CHARS and (more := lines.take()):
            yield more

    try:
        cells = next(csv.reader(feed(), delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error:
        alone, lines.at = lines.at == after, after
        cells = next(csv.reader([line, _END], delimiter=separator, skipinitialspace=True))
        if not alone or cells[-1].endswith(_END):  # otherwise it is text after a mark: "so" it is fine
            return None
    return cells
