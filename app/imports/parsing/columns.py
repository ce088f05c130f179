"""Which column holds what: names of columns, compared without case, accents, spaces and punctuation."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.imports.parsing.names import match_key
from app.imports.parsing.problems import Code, Problem
from app.imports.parsing.table import Row

Words = Mapping[str, str]
"""Field name → the names a column may have, with commas between."""


def plain(title: str) -> str:
    """The title of a column as it is compared: "To Student-ID" and "to_student_id" are the same."""
    return match_key(title).replace(" ", "")


class Vocabulary:
    """The columns that a format knows."""

    def __init__(self, words: Words) -> None:
        self._field_of = {
            plain(title): field for field, titles in words.items() for title in (field, *titles.split(","))
        }

    def read(self, header: Row) -> "Columns":
        """Where each known column is; what is unknown or there twice becomes a problem."""
        at: dict[str, int] = {}
        problems: list[Problem] = []
        for position, title in enumerate(header.cells):
            field = self._field_of.get(plain(title))
            if field is None:
                if title:
                    problems.append(Problem(Code.COLUMN_IGNORED, header.number, title[:100]))
            elif field in at:
                problems.append(Problem(Code.COLUMN_TWICE, header.number, title[:100]))
            else:
                at[field] = position
        return Columns(header, at, tuple(problems))


@dataclass(frozen=True, slots=True)
class Columns:
    """The known columns of one header."""

    header: Row
    at: Mapping[str, int]
    problems: tuple[Problem, ...]

    def has(self, *fields: str) -> bool:
        """Whether any of these is there."""
        return any(field in self.at for field in fields)

    def cell(self, row: Row, field: str) -> str:
        """The cell; empty when the row is too short or the file has no such column."""
        position = self.at.get(field)
        return row.cells[position] if position is not None and position < len(row.cells) else ""

    def title(self, field: str) -> str:
        """What the file calls the column; the field's own name when it is not there."""
        position = self.at.get(field)
        return field if position is None else self.header.cells[position]
