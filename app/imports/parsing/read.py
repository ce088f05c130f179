"""From a file to what it says: picks the format. The one door to this package."""

from dataclasses import replace

from app.imports.parsing.columns import Columns
from app.imports.parsing.decode import decode
from app.imports.parsing.formats import TableFormat
from app.imports.parsing.long_csv import LongCsv
from app.imports.parsing.own_json import read_json
from app.imports.parsing.problems import ImportRefused, Refusal, Severity
from app.imports.parsing.roster import Roster
from app.imports.parsing.table import first_rows, read_table, separators
from app.imports.parsing.types import Understood

FORMATS: tuple[TableFormat, ...] = (LongCsv(), Roster())
"""The formats with rows and columns. The first that knows a row for its header reads what is beneath it."""


def read(data: bytes, filename: str = "") -> Understood:
    """Everything the file says, and every problem, in the order of the rows.

    Raises ImportRefused, with a sentence for the user, when nothing of it can be used: no text, larger than
    MAX_BYTES, more than MAX_ROWS rows, or of no known format.
    """
    decoded = decode(data, filename)
    if decoded.text.lstrip().startswith(("{", "[")):
        understood = read_json(decoded.text)
    else:
        understood = _read_table(decoded.text)
    problems = sorted((*decoded.problems, *understood.problems), key=lambda problem: problem.row or 0)
    return replace(understood, encoding=decoded.encoding, problems=tuple(problems))


def _read_table(text: str) -> Understood:
    found, columns, separator = _header(text)
    table = read_table(text, separator)
    rows = tuple(row for row in table.rows if row.number > columns.header.number)
    if not rows:
        broken = any(problem.severity is Severity.ERROR for problem in table.problems)
        raise ImportRefused(Refusal.ROWS_UNREADABLE if broken else Refusal.NO_ROWS)
    understood = found.read(columns, rows)
    problems = (*table.problems, *columns.problems, *understood.problems)
    return replace(understood, delimiter=separator, problems=problems)


def _header(text: str) -> tuple[TableFormat, Columns, str]:
    """The right separator is the one with which some format knows its header."""
    for separator in separators(text):
        for row in first_rows(text, separator):
            for candidate in FORMATS:
                columns = candidate.header(row)
                if columns is not None:
                    return candidate, columns, separator
    raise ImportRefused(Refusal.NO_HEADER)
