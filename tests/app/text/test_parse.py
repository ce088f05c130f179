"""Parse: what is in the agreed form is read, and everything else is a fault that says what was wrong."""

import json

import pytest

from app.text.parse import FormatFault, LineReader, parse_statements
from app.text.types import Kind, Statement


def _answer(**statement: object) -> str:
    return json.dumps({"claims": [{"kind": "strength", "text": "helpt goed", "sources": [1], **statement}]})


def test_claims_are_read_and_neutral_ones_yield_none() -> None:
    raw = json.dumps(
        {
            "claims": [
                {"kind": "growth", "text": " mag  vaker \n op tijd komen", "sources": [2, 1, 2]},
                {"kind": "neutral", "text": "ok", "sources": [1]},
            ]
        }
    )
    assert parse_statements(raw, [1, 2]) == (Statement(Kind.GROWTH, "mag vaker op tijd komen", (1, 2)),)
    assert parse_statements('{"claims": []}', [1]) == ()


def test_a_code_fence_around_the_whole_answer_is_let_through() -> None:
    assert parse_statements(f"```json\n{_answer()}\n```", [1]) == (
        Statement(Kind.STRENGTH, "helpt goed", (1,)),
    )


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        ("Ik kan niet helpen met dit verzoek.", "refusal"),
        ("As an AI language model I cannot judge pupils.", "refusal"),
        ("Hier is de samenvatting: " + _answer(), "json"),
        ("Hier is de samenvatting van de feedback.", "preamble"),
        ("- helpt goed\n- op tijd", "markup"),
        ("# Feedback", "markup"),
        ("<html><body>502 Bad Gateway</body></html>", "markup"),
        ("1. helpt goed", "list"),
        (_answer()[:-4], "json"),
        (_answer() + " Succes!", "json"),
        ("{" * 20_000, "json"),
        ("[" * 20_000, "json"),
        ('{"claims": "geen"}', "shape"),
        ('{"claims": ["helpt goed"]}', "shape"),
        ("[]", "json"),
        ('{"points": []}', "shape"),
        (json.dumps({"claims": [json.loads(_answer())["claims"][0]] * 41}), "shape"),
        (_answer(kind="praise"), "kind"),
        (_answer(kind=["strength"]), "kind"),
        (_answer(kind="tip"), "kind"),
        (_answer(text=""), "text"),
        (_answer(text=3), "text"),
        (_answer(text="x" * 401), "text"),
        (_answer(sources=[]), "sources"),
        (_answer(sources=[9]), "sources"),
        (_answer(sources=[True]), "sources"),
        (_answer(sources=["1"]), "sources"),
        (_answer(sources=1), "sources"),
        ("x" * 60_000, "too_long"),
    ],
)
def test_anything_else_is_a_fault(raw: str, code: str) -> None:
    with pytest.raises(FormatFault) as fault:
        parse_statements(raw, [1])
    assert fault.value.code == code
    assert raw[:20] not in str(fault.value) or not raw


def _read(text: str, size: int) -> list[tuple[object, str]]:
    reader = LineReader()
    lines: list[tuple[object, str]] = []
    for at in range(0, len(text), size):
        lines += reader.feed(text[at : at + size])
    return lines + list(reader.close())


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_lines_are_read_however_the_stream_is_cut(size: int) -> None:
    text = "1: Je helpt goed.\r\n\n 2 : Je mag vaker op tijd komen.\nTip: Zet een wekker."
    assert _read(text, size) == [
        (1, "Je helpt goed."),
        (2, "Je mag vaker op tijd komen."),
        ("tip", "Zet een wekker."),
    ]


def test_a_line_is_given_as_soon_as_it_is_complete() -> None:
    reader = LineReader()
    assert reader.feed("1: Je helpt") == []
    assert reader.feed(" goed.\n2: J") == [(1, "Je helpt goed.")]
    assert reader.close() == [(2, "J")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("Hier is de samenvatting:\n1: Je helpt goed.", "preamble"),
        ("Sure! Here is the summary.\n1: You help.", "preamble"),
        ("Ik kan hier niet bij helpen.", "refusal"),
        ("1: Als AI kan ik dit niet beoordelen.", "refusal"),
        ("1: I'm sorry, but no.", "refusal"),
        ("- Je helpt goed.", "markup"),
        ("1: **Je helpt goed.**", "markup"),
        ("1. Je helpt goed.", "list"),
        ('{"1": "Je helpt goed."}', "json"),
        ('1: {"text": "Je helpt"}', "json"),
        ("1: <p>Je helpt</p>", "markup"),
        ("<!DOCTYPE html>", "markup"),
        ("Je helpt goed.", "label"),
        ("2: Je helpt goed.", "order"),
        ("1: Je helpt.\n1: Je helpt.", "order"),
        ("1: Je helpt.\ntip: Doe.\n2: Nog iets.", "label"),
        ("1:", "empty"),
        ("1: " + "x" * 700, "too_long"),
    ],
)
def test_a_line_in_another_form_is_a_fault(text: str, code: str) -> None:
    with pytest.raises(FormatFault) as fault:
        _read(text, 50)
    assert fault.value.code == code


def test_a_stream_without_an_end_of_line_is_not_kept_for_ever() -> None:
    reader = LineReader()
    for _ in range(60):
        reader.feed("x" * 10)
    with pytest.raises(FormatFault, match="too_long"):
        reader.feed("x")
