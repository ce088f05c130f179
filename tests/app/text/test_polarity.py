"""Polarity: no comment is ever inverted, and most are decided right."""

import sys
import time

import pytest

from app.text.polarity import Polarity, clauses, judge
from tests.app.text.corpus import CORPUS, MEASURED

INVERSIONS = {
    (Polarity.POSITIVE, Polarity.NEGATIVE),
    (Polarity.NEGATIVE, Polarity.POSITIVE),
    (Polarity.NEUTRAL, Polarity.POSITIVE),
    (Polarity.NEUTRAL, Polarity.NEGATIVE),
}


@pytest.mark.parametrize(("text", "expected"), MEASURED)
def test_what_a_small_model_got_wrong_is_judged_right(text: str, expected: Polarity) -> None:
    assert judge(text) is expected


def test_no_comment_of_the_corpus_is_inverted_and_most_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    judged = [(text, expected, judge(text)) for text, expected in CORPUS]
    right = sum(expected is found for _, expected, found in judged)
    with capsys.disabled():
        sys.stdout.write(f"\npolarity: {right} of {len(judged)} comments decided right\n")
    assert [row for row in judged if row[1:] in INVERSIONS] == []
    assert right / len(judged) >= 0.7


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Werkt hard, maar is vaak laat.", ("Werkt hard", "is vaak laat")),
        ("You help and you listen but never plan", ("You help", "you listen", "never plan")),
        ("anything but helpful", ("anything but helpful",)),
        ("goed en snel", ("goed en snel",)),
        (" - ", ()),
    ],
)
def test_clauses_are_cut_where_praise_may_turn(text: str, parts: tuple[str, ...]) -> None:
    assert clauses(text) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zonder jou was het niet gelukt", Polarity.POSITIVE),
        ("zonder overleg beslist", Polarity.NEGATIVE),
        ("Je klaagt nooit", Polarity.POSITIVE),
        ("niet alleen goed maar ook snel", Polarity.POSITIVE),
        ("allesbehalve goed", Polarity.NEGATIVE),
        ("couldn't have done it without you", Polarity.POSITIVE),
        ("You should keep doing this", Polarity.POSITIVE),
        ("Je zou graag weer met ons werken", Polarity.POSITIVE),
        ("geen problemen", Polarity.NEUTRAL),
        ("Weinig fouten", Polarity.NEUTRAL),
        ("Zegt dat hij hard werkt", Polarity.UNKNOWN),
        ("Soms goed", Polarity.UNKNOWN),
        ("Werkte hard... niet", Polarity.UNKNOWN),
        ("Super geholpen 🙄", Polarity.UNKNOWN),
    ],
)
def test_negation_idioms_and_doubt(text: str, expected: Polarity) -> None:
    assert judge(text) is expected


@pytest.mark.parametrize(
    "piece", ["a", "niet ", "maar ", "goed, ", "en je ", "mag ", "mag a b c d ", "....", "’"]
)
def test_time_is_linear_in_the_length(piece: str) -> None:
    started = time.process_time()
    judge((piece * 10_000)[:10_000])
    assert time.process_time() - started < 0.5
