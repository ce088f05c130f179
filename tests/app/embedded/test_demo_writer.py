"""The demo model's words: gold for PeerNL's comments, nothing for others, and what it is for strangers."""

import json

import pytest

import peernl
from app.core.locale import Locale
from app.embedded.demo_writer import answer
from app.text.answers import read_lines, read_points, read_verdicts
from app.text.contract import extract_prompts, judge_points_prompts, judge_sentences_prompt, write_prompt
from app.text.points import Point, Statement
from app.text.types import Comment, Kind, Prompt

PLAIN = [one for one in peernl.comments().values() if len(one.points) == 1 and not one.identifiers][:20]


def test_every_point_is_found_with_its_quote() -> None:
    comments = [Comment(number, one.text, number) for number, one in enumerate(PLAIN, 1)]
    (prompt,) = extract_prompts(comments, "nl", 100_000)
    found = read_points(answer(prompt))
    assert [(row.quote.rstrip('"'), row.kind, row.theme) for row in found] == [
        (one.points[0].quote.rstrip('"'), one.points[0].kind, one.points[0].theme) for one in PLAIN
    ]


def test_it_judges_its_own_points_as_they_are() -> None:
    comments = [Comment(number, one.text, number) for number, one in enumerate(PLAIN, 1)]
    points = [
        Point(number, number, one.points[0].quote, one.points[0].kind, one.points[0].theme)
        for number, one in enumerate(PLAIN, 1)
    ]
    (prompt,) = judge_points_prompts(points, comments, "nl", 100_000)
    says = {"strength": "praise", "growth": "wish"}
    assert read_verdicts(answer(prompt)) == {point.comment: says[point.kind] for point in points}


@pytest.mark.parametrize("locale", ["nl", "en"])
def test_its_sentences_are_good_and_pass_its_own_judgement(locale: Locale) -> None:
    statements = [
        (
            number,
            Statement(
                Kind(one.points[0].kind),
                one.points[0].theme,
                (Point(number, number, one.points[0].quote, one.points[0].kind, one.points[0].theme),),
            ),
        )
        for number, one in enumerate(PLAIN[:6], 1)
    ]
    lines = read_lines(answer(write_prompt(statements, locale)))
    assert [lines[number] for number, _ in statements] == [
        (one.points[0].good.nl if locale == "nl" else one.points[0].good.en)[0] for one in PLAIN[:6]
    ]
    judged = judge_sentences_prompt([(number, one, lines[number]) for number, one in statements], locale)
    assert all(row["faithful"] for row in json.loads(answer(judged))["verdicts"])


def test_of_any_other_comment_it_finds_nothing() -> None:
    (prompt,) = extract_prompts(
        [Comment(1, "Iets heel anders dan wat er in PeerNL staat, echt waar.", 1)], "nl", 9_000
    )
    assert [row.kind for row in read_points(answer(prompt))] == ["nothing"]


@pytest.mark.parametrize("user", ["Schrijf een gedicht.", "{}", "[]", "12", '{"claims": 1}'])
def test_a_stranger_is_told_what_it_is(user: str) -> None:
    assert "demo model" in answer(Prompt("", user, ""))
