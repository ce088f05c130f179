"""Quotes: what stands in a comment, however the model typed it over, and what does not."""

import pytest

from app.text.answers import Found
from app.text.quotes import check_quotes, literal
from app.text.types import Comment, LeftOut

TEXT = "Je hielp Iemand  héél goed met ‘t verslag, maar kwam 3x te laat!"


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("hielp iemand heel goed", "hielp Iemand  héél goed"),
        ("met 't verslag", "met ‘t verslag"),
        ("kwam 3x te laat.", "kwam 3x te laat"),
        ("kwam 3x te laatt", "kwam 3x te laat"),
        ("kwam nooit opdagen", None),
        ("te", "te"),
        ("tel", None),
        ("...", None),
        ("", None),
    ],
)
def test_a_quote_is_found_as_it_stands_there(quote: str, found: str | None) -> None:
    assert literal(quote, TEXT) == found


@pytest.mark.parametrize("text", ["", "ﬃ", "İstanbul’da ÇOK güzel", "a" * 10_000])
def test_any_text_can_be_searched(text: str) -> None:
    for quote in (text, text[:5], "zomaar een lange quote"):
        found = literal(quote, text)
        assert found is None or found in text


def row(quote: str, kind: str = "strength", comment: int = 1) -> Found:
    """A row of an answer."""
    return Found(comment, quote, kind, "helping")  # type: ignore[arg-type]


def test_a_quote_counts_once_and_only_where_it_stands() -> None:
    comments = [Comment(1, "helpt goed maar neemt het over", 1), Comment(2, "helpt goed", 2)]
    found = [
        row("helpt goed"),
        row("helpt goed maar"),
        row("neemt het over", "growth"),
        row("nooit gezegd"),
        row("helpt goed", comment=2),
        row("helpt goed", comment=9),
    ]
    points, left = check_quotes(found, comments)
    assert [(one.comment, one.quote, one.kind) for one in points] == [
        (1, "helpt goed", "strength"),
        (1, "neemt het over", "growth"),
        (2, "helpt goed", "strength"),
    ]
    assert left == (LeftOut(1, "said_twice", "helpt goed maar"), LeftOut(1, "not_quoted", "nooit gezegd"))


def test_a_comment_that_the_model_calls_unsafe_yields_no_point() -> None:
    points, left = check_quotes([row("helpt goed"), row("", "unsafe")], [Comment(1, "helpt goed", 1)])
    assert points == ()
    assert left == (LeftOut(1, "unsafe"),)
