"""Tips: a bank by theme in both languages. The model writes no tips, so that none can be harmful."""

from functools import cache
from hashlib import sha256
from importlib import resources
from typing import get_args

from app.core.locale import Locale
from app.text.points import THEMES, Theme

LOCALES: tuple[Locale, ...] = get_args(Locale)


def tip_for(theme: Theme, evidence: str, locale: Locale) -> str:
    """One of the theme's tips. The same evidence always gets the same tip, so that a retry says the same."""
    tips = bank(locale)[theme]
    return tips[sha256(evidence.encode()).digest()[0] % len(tips)]


@cache
def bank(locale: Locale) -> dict[Theme, tuple[str, ...]]:
    """All tips of a language by theme, from `tips/<locale>.txt`: a heading a theme, a line a tip."""
    found: dict[Theme, tuple[str, ...]] = dict.fromkeys(THEMES, ())
    known: dict[str, Theme] = {theme: theme for theme in THEMES}
    theme: Theme | None = None
    for line in resources.files("app.text.tips").joinpath(f"{locale}.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            theme = known[line.strip("[] ")]
        elif theme is not None and line.strip() and not line.startswith("#"):
            found[theme] += (line.strip(),)
    return found
