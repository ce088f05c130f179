"""What a format with rows and columns is: one small file each, listed in read.py."""

from typing import Protocol

from app.imports.parsing.columns import Columns
from app.imports.parsing.problems import Code, Problem
from app.imports.parsing.table import Row
from app.imports.parsing.types import Understood


class TableFormat(Protocol):
    """Knows its own header, and reads what stands beneath it."""

    @property
    def name(self) -> str:
        """What `Understood.format` says."""

    def header(self, row: Row) -> Columns | None:
        """The columns when this row is the format's header; None otherwise."""

    def read(self, columns: Columns, rows: tuple[Row, ...]) -> Understood:
        """What the rows beneath the header say; the caller fills in encoding and separator."""


def misfit(columns: Columns, row: Row, widths: dict[str, int]) -> Problem | None:
    """What is wrong when a row has cells beyond the header, or a label longer than `widths` says."""
    if len(row.cells) > len(columns.header.cells):
        return Problem(Code.TOO_MANY_CELLS, row.number)
    for field, most in widths.items():
        if len(columns.cell(row, field)) > most:
            return Problem(Code.TEXT_TOO_LONG, row.number, columns.title(field), {"limit": most})
    return None
