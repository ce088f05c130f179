"""Words that differ in case, accents or the kind of apostrophe are equal when folded."""

import pytest

from app.core.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zoë", "zoe"), ("SØREN", "soren"), ("Łukasz", "lukasz"), ("zo’n", "zo'n"), ("Straße", "STRASSE")],
)
def test_folding(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_letters_that_differ_stay_different() -> None:
    assert fold("Sem") != fold("Sam")
