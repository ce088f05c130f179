"""Text becomes numbered rows; a broken row costs only itself, and limits hold."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.parsing.cells import escape_cell
from app.imports.parsing.problems import Code, ImportRefused
from app.imports.parsing.table import (
    MAX_COLUMNS,
    MAX_LOOKED_AT,
    MAX_ROW_CHARS,
    MAX_ROWS,
    first_rows,
    read_table,
    separators,
)

CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=40).map(
    str.strip
)


def numbers(text: str, separator: str = ";") -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells) for row in read_table(text, separator).rows]


@given(
    st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=8),
    st.sampled_from(";,\t"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_as_csv_is_read_back(rows: list[list[str]], separator: str, end: str) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator, lineterminator=end)
    writer.writerows([escape_cell(cell) for cell in row] for row in rows)
    table = read_table(written.getvalue(), separator)
    wanted = [tuple(row) for row in rows if any(row)]
    assert [
        row.cells + ("",) * (len(want) - len(row.cells)) for row, want in zip(table.rows, wanted, strict=True)
    ] == wanted
    assert all(problem.code is Code.ROWS_EMPTY for problem in table.problems)


def test_a_row_of_several_lines_counts_once() -> None:
    assert numbers('a;"een\ntwee";b\nc;d\n') == [(1, ("a", "een\ntwee", "b")), (2, ("c", "d"))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end(end: str) -> None:
    assert numbers(f"a;b{end}c;d{end}") == [(1, ("a", "b")), (2, ("c", "d"))]


def test_line_separators_that_only_unicode_knows_end_no_row() -> None:
    assert numbers("a\u2028b;c\x85d\n") == [(1, ("a\u2028b", "c\x85d"))]


def test_rows_of_empty_quotations_are_no_rows_but_not_looked_at_for_ever() -> None:
    assert numbers('a;b\n"";""\nc;d\n') == [(1, ("a", "b")), (3, ("c", "d"))]
    with pytest.raises(ImportRefused):
        read_table("a;b\n" + '"";""\n' * (MAX_LOOKED_AT + 1), ";")


def test_empty_rows_keep_their_numbers_and_are_told_once() -> None:
    table = read_table("a;b\n\n;;\r\n \nc;d\n\n;;;\n\n", ";")
    assert [row.number for row in table.rows] == [1, 5]
    assert [(p.code, p.row, p.params) for p in table.problems] == [(Code.ROWS_EMPTY, 2, {"count": 3})]


def test_a_quotation_mark_that_is_never_closed_costs_one_row() -> None:
    table = read_table('a;b\n"c;d\ne;f\ng;"h"\n', ";")
    assert [(row.number, row.cells) for row in table.rows] == [
        (1, ("a", "b")),
        (3, ("e", "f")),
        (4, ("g", "h")),
    ]
    assert [(p.code, p.row) for p in table.problems] == [(Code.UNCLOSED_QUOTE, 2)]


@pytest.mark.parametrize("last", ['"c;d', 'c;"d', '"c;d\n'])
def test_a_quotation_mark_that_is_open_at_the_end_costs_the_last_row(last: str) -> None:
    table = read_table(f"a;b\n{last}", ";")
    assert [row.number for row in table.rows] == [1]
    assert [(p.code, p.row) for p in table.problems] == [(Code.UNCLOSED_QUOTE, 2)]


def test_text_after_a_closing_quotation_mark_is_forgiven() -> None:
    assert numbers('"so" it is;b\n') == [(1, ("so it is", "b"))]


def test_a_quotation_mark_within_a_cell_is_text() -> None:
    assert numbers('a;een 5" scherm\nb;"zij zei ""ja"""\n') == [
        (1, ("a", 'een 5" scherm')),
        (2, ("b", 'zij zei "ja"')),
    ]


def test_spaces_before_a_quotation_mark() -> None:
    assert numbers('a; "b; c" ;d\n') == [(1, ("a", "b; c", "d"))]


def test_formulas_are_text() -> None:
    assert numbers("=1+1;-;'=SUM(A1);@x\n") == [(1, ("=1+1", "-", "=SUM(A1)", "@x"))]


def test_limits_of_a_row() -> None:
    long, wide = "x" * (MAX_ROW_CHARS + 1), ";".join("x" * (MAX_COLUMNS + 1))
    table = read_table(f"a;b\n{long}\n{wide}\nc;d\n", ";")
    assert [row.number for row in table.rows] == [1, 4]
    assert [(p.code, p.row) for p in table.problems] == [(Code.ROW_TOO_LONG, 2), (Code.TOO_MANY_CELLS, 3)]


def test_a_row_with_unreadable_characters_is_pointed_out() -> None:
    table = read_table("a;b\nZo\ufffd;c\n", ";")
    assert len(table.rows) == 2
    assert [(p.code, p.row) for p in table.problems] == [(Code.UNREADABLE_CHARACTERS, 2)]


def test_at_most_ten_thousand_rows_beneath_the_header() -> None:
    assert len(read_table("a;b\n" * (MAX_ROWS + 1), ";").rows) == MAX_ROWS + 1
    with pytest.raises(ImportRefused, match="10,000 rows"):
        read_table("a;b\n" * (MAX_ROWS + 2), ";")


def test_the_hint_of_excel_is_taken_and_is_no_row() -> None:
    assert separators("sep=|\r\na|b\r\n")[0] == "|"
    assert [(row.number, row.cells) for row in first_rows("sep=|\r\na|b\r\n", "|")] == [(1, ("a", "b"))]
