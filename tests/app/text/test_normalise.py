"""Normalise: what looks alike becomes alike, and nothing invisible is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.normalise import normalise
from tests.support.growth import MOST, growth, repeated


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  goed \t gedaan\u00a0! ", "goed gedaan !"),
        ("een\r\ntwee\rdrie\u2028vier", "een\ntwee\ndrie\nvier"),
        ("een\n \n\t\n\n\ntwee", "een\n\ntwee"),
        ("goed\u202e gedaan\u2066\ufeff\U000e0041", "goed gedaan"),
        ("\uff33\uff41\uff4e\uff4e\uff45 ﬁjn", "Sanne fijn"),
        ("\u2800\u3164\u200d", ""),
        ("Jose\u0301", "José"),
        ("a" + "\u0301" * 50 + "b", "á\u0301\u0301b"),
        ("x" + "\n" * 9_998 + "x", "x\n\nx"),
    ],
)
def test_what_looks_alike_becomes_alike(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_the_length_counts_afterwards() -> None:
    assert len(normalise("\ufdfa" * 10)) == 180
    assert len(normalise(" " * 10_000 + "x")) == 1


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize(
    "piece", ["a", " ", "\n", "\n ", "\u0301", "\u3316", "\ufdfa", "\u200b", "a\u0301\u0302"]
)
def test_time_is_linear(piece: str) -> None:
    assert growth(normalise, repeated(piece, around="x")) <= MOST
