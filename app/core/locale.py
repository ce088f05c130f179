"""The languages that pages, answers and summaries are written in."""

from typing import Literal

Locale = Literal["nl", "en"]
LOCALES: tuple[Locale, ...] = ("nl", "en")
