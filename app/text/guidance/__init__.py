"""Guidance: what a mentor can do about a flag, in two or three plain sentences for each reason."""

from functools import cache
from importlib import resources

from app.core.locale import Locale
from app.text.types import FlagReason


def guidance(reason: FlagReason, locale: Locale) -> tuple[str, ...]:
    """The sentences for this reason. Raises KeyError when the file has none, which a test prevents."""
    return _by_reason(locale)[reason]


@cache
def _by_reason(locale: Locale) -> dict[str, tuple[str, ...]]:
    """All of `guidance/<locale>.txt`: a heading for each reason, a sentence a line."""
    found: dict[str, tuple[str, ...]] = {}
    reason = ""
    text = resources.files("app.text.guidance").joinpath(f"{locale}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            reason = line.strip("[] ")
            found[reason] = ()
        elif line.strip() and not line.startswith("#"):
            found[reason] += (line.strip(),)
    return found
