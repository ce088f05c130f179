"""Grouping: agreed points become at most six statements. It counts people and orders; it reads no meaning."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from app.text.points import Point, Statement, Theme, Verdict
from app.text.types import Kind, LeftOut

MAX_STATEMENTS = 6
_ORDER = (Kind.STRENGTH, Kind.MIXED, Kind.GROWTH)
_AGREES: Mapping[str, Verdict] = {"strength": "praise", "growth": "wish"}


def agreed(
    points: Sequence[Point], verdicts: Mapping[int, Verdict]
) -> tuple[tuple[Point, ...], tuple[LeftOut, ...]]:
    """The points on which both readings agree, and those on which they do not.

    `verdicts` are by place in `points`, from 1; a point without a verdict is not agreed on.
    """
    kept: list[Point] = []
    left: list[LeftOut] = []
    for number, point in enumerate(points, 1):
        if verdicts.get(number) == _AGREES[point.kind]:
            kept.append(point)
        else:
            left.append(LeftOut(point.comment, "disagreed", point.quote))
    return tuple(kept), tuple(left)


def group(points: Sequence[Point], min_people: int = 1) -> tuple[tuple[Statement, ...], tuple[LeftOut, ...]]:
    """Statements in reading order (strength, differing, growth), and the points for which there is no room.

    A theme with both kinds is one `mixed` statement. Of more than six, those with most people stay, then
    those whose quotes say most (the longest); both kinds stay represented if both exist. With `min_people`
    a statement needs so many reviewers.
    """
    by_theme: dict[Theme, list[Point]] = defaultdict(list)
    for point in points:
        by_theme[point.theme].append(point)
    statements = [one for theme, some in by_theme.items() for one in _of_theme(theme, some)]
    enough = [one for one in statements if one.people >= min_people]
    chosen = _choose(enough)
    left = [
        LeftOut(point.comment, "no_room", point.quote)
        for one in statements
        if one not in chosen
        for point in one.points
    ]
    return tuple(sorted(chosen, key=lambda one: (_ORDER.index(one.kind), *_weight(one)))), tuple(left)


def _of_theme(theme: Theme, points: Sequence[Point]) -> Iterable[Statement]:
    """`other` is no theme: praise and criticism in it are of different things, and stay apart."""
    strengths = _longest_first(point for point in points if point.kind == "strength")
    growths = _longest_first(point for point in points if point.kind == "growth")
    if strengths and growths and theme != "other":
        first = (strengths[0], growths[0])
        yield Statement(Kind.MIXED, theme, (*first, *_longest_first((*strengths[1:], *growths[1:]))))
        return
    if strengths:
        yield Statement(Kind.STRENGTH, theme, strengths)
    if growths:
        yield Statement(Kind.GROWTH, theme, growths)


def _longest_first(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple(sorted(points, key=lambda point: (-len(point.quote), point.comment)))


def _choose(statements: Sequence[Statement]) -> list[Statement]:
    ranked = sorted(statements, key=_weight)
    chosen = ranked[:MAX_STATEMENTS]
    for kinds in ({Kind.STRENGTH, Kind.MIXED}, {Kind.GROWTH, Kind.MIXED}):
        if not any(one.kind in kinds for one in chosen):
            best = next((one for one in ranked if one.kind in kinds), None)
            if best is not None:
                chosen[-1] = best
    return chosen


def _weight(statement: Statement) -> tuple[int, int, int]:
    return (-statement.people, -len(statement.points[0].quote), statement.comments[0])
