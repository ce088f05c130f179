"""Grouping: people are counted, kinds kept in balance, and six statements are enough."""

from app.text.grouping import MAX_STATEMENTS, agreed, group
from app.text.points import Point, Theme
from app.text.types import Kind, LeftOut


def point(theme: Theme, kind: str = "strength", reviewer: int = 1, quote: str = "goed gedaan") -> Point:
    """A point of a comment that has its reviewer's number."""
    return Point(reviewer, reviewer, quote, kind, theme)  # type: ignore[arg-type]


def test_only_what_both_readings_say_alike_is_kept() -> None:
    points = [point("planning"), point("planning", "growth"), point("effort"), point("ideas")]
    kept, left = agreed(points, {1: "praise", 2: "praise", 3: "neither"})
    assert kept == (points[0],)
    assert left == tuple(LeftOut(1, "disagreed", "goed gedaan") for _ in range(3))


def test_a_theme_with_both_kinds_is_one_statement_and_other_is_no_theme() -> None:
    statements, left = group(
        [
            point("planning", quote="plant goed"),
            point("planning", "growth", 2, "plant soms te krap"),
            point("other"),
            point("other", "growth", 2),
        ]
    )
    assert [(one.kind, one.theme, one.people) for one in statements] == [
        (Kind.STRENGTH, "other", 1),
        (Kind.MIXED, "planning", 2),
        (Kind.GROWTH, "other", 1),
    ]
    assert statements[1].quotes == ("plant goed", "plant soms te krap")
    assert left == ()


def test_of_many_statements_those_with_most_people_stay_and_both_kinds_are_there() -> None:
    themes: tuple[Theme, ...] = ("planning", "effort", "ideas", "listening", "quality", "helping", "focus")
    points = [point(theme, reviewer=who) for theme in themes[:6] for who in (1, 2)]
    points.append(point("focus", "growth", 3))
    statements, left = group(points)
    assert len(statements) == MAX_STATEMENTS
    assert [one.theme for one in statements if one.kind is Kind.GROWTH] == ["focus"]
    assert {one.reason for one in left} == {"no_room"}
    assert len({one.comment for one in left}) == 2


def test_a_school_may_ask_for_more_people_a_statement() -> None:
    statements, left = group([point("planning"), point("effort"), point("effort", reviewer=2)], min_people=2)
    assert [one.theme for one in statements] == ["effort"]
    assert [one.comment for one in left] == [1]
