"""Guidance: every reason has words that a mentor can act on, in both languages."""

import pytest

from app.core.locale import LOCALES, Locale
from app.text.guidance import guidance
from app.text.input_screen import REASONS, URGENT, holds
from app.text.types import FlagReason


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_two_or_three_lines(reason: FlagReason, locale: Locale) -> None:
    lines = guidance(reason, locale)
    assert 2 <= len(lines) <= 3
    assert all(len(line.split()) <= 35 and line[-1] == "." for line in lines)


@pytest.mark.parametrize("reason", [reason for reason in REASONS if holds(reason)])
def test_what_holds_a_text_says_today_in_both_languages(reason: FlagReason) -> None:
    assert "vandaag" in " ".join(guidance(reason, "nl"))
    assert "today" in " ".join(guidance(reason, "en"))


@pytest.mark.parametrize("reason", sorted(URGENT))
@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_urgent_names_the_emergency_number(reason: FlagReason, locale: Locale) -> None:
    assert "112" in " ".join(guidance(reason, locale))


@pytest.mark.parametrize(("reason", "number"), [("self_harm", "0800-0113"), ("home", "0800-2000")])
def test_the_help_lines_are_named(reason: FlagReason, number: str) -> None:
    assert number in " ".join(guidance(reason, "nl"))
    assert number in " ".join(guidance(reason, "en"))
