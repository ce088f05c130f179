"""Answers: what is read of what models really say, and what is not understood."""

import json

import pytest

from app.text.answers import AnswerFault, VerdictReader, read_lines, read_points, read_verdicts

ROWS = {"points": [{"comment": 1, "quote": "helpt", "kind": "strength", "theme": "helping"}]}
JSON = json.dumps(ROWS)


@pytest.mark.parametrize(
    "answer",
    [
        JSON,
        f"```json\n{JSON}\n```",
        f"Hier is de JSON:\n{JSON}\nSucces!",
        f'<think>eerst {{"points": []}} of zo</think>\n{JSON}',
        f"Okay, {{ is a brace </think>{JSON}",
    ],
)
def test_a_server_that_does_not_honour_the_schema_is_understood(answer: str) -> None:
    (found,) = read_points(answer)
    assert (found.comment, found.quote, found.kind, found.theme) == (1, "helpt", "strength", "helping")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("Sorry, dat kan ik niet.", "no_json"),
        ('{"points": [', "no_json"),
        ('{"points": ]}', "json"),
        ('{"punten": []}', "shape"),
        ('{"points": {}}', "shape"),
        ("{" * 5_000 + "}", "json"),
    ],
)
def test_what_is_not_of_the_form_is_not_understood(answer: str, code: str) -> None:
    with pytest.raises(AnswerFault) as fault:
        read_points(answer)
    assert fault.value.code == code


def test_rows_of_another_form_are_left_out() -> None:
    rows = [
        {"comment": "1", "quote": "x", "kind": "strength", "theme": "helping"},
        {"comment": 1, "quote": "", "kind": "growth", "theme": "helping"},
        {"comment": 1, "quote": "x", "kind": "lof", "theme": "helping"},
        {"comment": True, "quote": "x", "kind": "growth", "theme": "helping"},
        {"comment": 2, "quote": "y", "kind": "growth", "theme": "astrology"},
        "zomaar",
    ]
    (found,) = read_points(json.dumps({"points": rows}))
    assert (found.comment, found.theme) == (2, "other")


def test_the_first_verdict_of_a_number_counts() -> None:
    answer = json.dumps(
        {
            "verdicts": [
                {"number": 1, "says": "wish"},
                {"number": 1, "says": "praise"},
                {"number": 2, "says": "?"},
            ]
        }
    )
    assert read_verdicts(answer) == {1: "wish"}


def test_lines_are_found_between_what_is_none() -> None:
    answer = (
        "Okay. 1: denken</think>Natuurlijk! Hier zijn ze:\n\n1: Je helpt goed.\n**2:** Je mag op tijd komen."
        "\n2: Iets anders.\n3. Je luistert.\nSucces!\n4:\n"
    )
    assert read_lines(answer) == {1: "Je helpt goed.", 2: "Je mag op tijd komen.", 3: "Je luistert."}


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_verdicts_are_read_while_they_come(size: int) -> None:
    answer = json.dumps(
        {
            "verdicts": [
                {"number": 1, "faithful": True},
                {"number": 2, "faithful": False},
                {"number": 1, "faithful": False},
            ]
        }
    )
    reader = VerdictReader()
    seen = [one for at in range(0, len(answer), size) for one in reader.feed(answer[at : at + size])]
    assert [*seen, *reader.close()] == [(1, True), (2, False)]


def test_verdicts_in_thinking_count_for_nothing() -> None:
    reader = VerdictReader()
    said = (
        'Let me see {"number": 1, "faithful": true} </think> {"verdicts": [{"number": 1, "faithful": false}]}'
    )
    assert list(reader.feed(said)) == []
    assert list(reader.close()) == [(1, False)]
