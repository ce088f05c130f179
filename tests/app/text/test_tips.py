"""The bank of tips: complete, kind, and the same for the same evidence."""

import re

import pytest

from app.core.locale import Locale
from app.text.input_screen import unfit
from app.text.points import THEMES
from app.text.tips import LOCALES, bank, tip_for


@pytest.mark.parametrize("locale", LOCALES)
def test_every_theme_has_four_different_tips(locale: Locale) -> None:
    tips = bank(locale)
    assert {theme for theme in THEMES if len(set(tips[theme])) < 4} == set()
    everything = [tip for some in tips.values() for tip in some]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_tip_is_short_whole_and_harmless(locale: Locale) -> None:
    for tips in bank(locale).values():
        for tip in tips:
            assert 5 <= len(tip.split()) <= 25, tip
            assert re.search(r"[.?]$", tip), tip
            assert not unfit(tip), tip


def test_the_same_evidence_gets_the_same_tip() -> None:
    assert tip_for("planning", "kwam te laat", "nl") == tip_for("planning", "kwam te laat", "nl")
    assert len({tip_for("planning", str(number), "nl") for number in range(40)}) > 1
