"""Polarity: no comment is ever inverted, and most are decided right."""

import pytest

from app.summaries.polarity import Polarity, clauses, judge
from tests.app.summaries.corpus import CORPUS, MEASURED

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
        print(f"\npolarity: {right} of {len(judged)} comments decided right ({right / len(judged):.0%})")
    assert [row for row in judged if row[1:] in INVERSIONS] == []
    assert right / len(judged) >= 0.7
