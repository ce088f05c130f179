"""The screen on sentences that stand in no data set; screen_phrases/README.md says how they came about."""

from pathlib import Path

import pytest

from app.text.input_screen import REASONS, screen
from app.text.types import Comment

PHRASES = Path(__file__).parent / "screen_phrases"
LEAST_FLAGGED = 0.95
"""Of the sentences of a reason; what is missed is listed in the README there."""
MOST_LOOK_ALIKES_FLAGGED = 0.02


def _lines(name: str) -> list[str]:
    return [line for line in (PHRASES / f"{name}.txt").read_text(encoding="utf-8").splitlines() if line]


def _reasons(text: str) -> set[str]:
    return {flag.reason for flag in screen([Comment(1, text, 1)]).flags}


@pytest.mark.parametrize("reason", REASONS)
def test_other_words_for_the_same_are_flagged_too(reason: str) -> None:
    lines = _lines(reason)
    missed = [line for line in lines if reason not in _reasons(line)]
    assert len(lines) >= 50
    assert len(missed) <= (1 - LEAST_FLAGGED) * len(lines), missed


def test_look_alikes_are_hardly_ever_flagged() -> None:
    lines = _lines("look_alikes")
    flagged = [line for line in lines if _reasons(line)]
    assert len(flagged) <= MOST_LOOK_ALIKES_FLAGGED * len(lines), flagged
