"""Single cells: cleaning, escaping of formulas, scores, dates and addresses."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.parsing.cells import (
    clean,
    escape_cell,
    one_line,
    parse_date,
    parse_email,
    parse_score,
    unescape_cell,
)


@pytest.mark.parametrize("text", ["=1+1", "+31 6", "-", "@sanne", "\t=x", "\r", "'=1", "''-x"])
def test_a_formula_is_escaped_and_comes_back(text: str) -> None:
    assert escape_cell(text) == f"'{text}"
    assert unescape_cell(escape_cell(text)) == text


@pytest.mark.parametrize("text", ["", "goed", "'t Hart", "1=1", "'s ochtends te laat"])
def test_other_text_is_left_alone(text: str) -> None:
    assert escape_cell(text) == text
    assert unescape_cell(text) == text


@given(st.text())
def test_escaping_can_always_be_undone(text: str) -> None:
    escaped = escape_cell(text)
    assert not escaped.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert unescape_cell(escaped) == text


@given(st.text())
def test_clean_text_fits_in_the_database(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    assert "\r" not in cleaned
    cleaned.encode("utf-8")


def test_a_label_is_one_line_without_invisible_characters() -> None:
    assert one_line("  Sanne\u200b\u00a0 de\r\nVries\ufeff ") == "Sanne de Vries"


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("4", "4"),
        (" 4,5 ", "4.5"),
        ("3.333333", "3.33"),
        ("100", "100"),
        ("0", "0"),
        ("-0,0", "0"),
        ("+2", "2"),
    ],
)
def test_scores_have_a_point_or_a_comma(text: str, score: str) -> None:
    assert str(parse_score(text)) == score


@pytest.mark.parametrize(
    "text", ["", "goed", "4/5", "1.000,5", "NaN", "Infinity", "1e5", "٤", "--1", "9" * 10]
)
def test_other_things_are_no_score(text: str) -> None:
    assert parse_score(text) is None


@given(st.decimals(min_value=0, max_value=100, places=2))
def test_every_score_of_two_decimals_survives(score: Decimal) -> None:
    assert parse_score(f"{score:f}".replace(".", ",")) == score


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("03-11-2026", datetime(2026, 11, 3)),
        ("3-1-2026", datetime(2026, 1, 3)),
        ("3/11/2026 9:05", datetime(2026, 11, 3, 9, 5)),
        ("03-11-2026 10:15:30", datetime(2026, 11, 3, 10, 15, 30)),
        ("2026-11-03", datetime(2026, 11, 3)),
        ("2026-11-03T10:15:30Z", datetime(2026, 11, 3, 10, 15, 30, tzinfo=UTC)),
    ],
)
def test_dates_have_the_day_first(text: str, date: datetime) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize(
    "text", ["", "31-02-2026", "11-13-2026", "gisteren", "20261103", "03-11-26", "01-01-0026"]
)
def test_other_things_are_no_date(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text", ["S.Vries@Demo.example", " s.vries@demo.example ", "Sanne <s.vries@demo.example>"]
)
def test_addresses_are_in_lower_case(text: str) -> None:
    assert parse_email(text) == "s.vries@demo.example"


@pytest.mark.parametrize(
    "text", ["", "sanne", "@sanne", "sanne@demo", "a b@demo.example", "a@b@demo.example", "x" * 999]
)
def test_other_things_are_no_address(text: str) -> None:
    assert parse_email(text) is None
