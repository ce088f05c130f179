"""What the demo model says: the rule-based writer's words, in answer to the product's own three prompts."""

import json
import re
from collections.abc import Sequence
from typing import Literal

from app.core.locale import Locale
from app.text import phrasing_en, phrasing_nl
from app.text.fallback_writer import statements_by_rule, tip_for, topic_of
from app.text.types import Comment, Kind, Prompt, Statement

Asked = Literal["sort", "write", "rewrite"]

_COMMENT = re.compile(
    r'<(?P<tag>commentaar|comment) (?:nummer|number)="(?P<number>\d+)"'
    r'(?: (?:over|about)="(?P<about>[^"]*)")?>(?P<text>[^<]*)</(?P=tag)>'
)
_POINT = re.compile(
    r"^(?:\d+ )?\((?P<kind>sterk|groei|wisselend|strong|growth|differs)\): (?P<text>.+)$", re.MULTILINE
)
_KINDS: dict[str, tuple[Kind, Locale]] = {
    "sterk": (Kind.STRENGTH, "nl"),
    "groei": (Kind.GROWTH, "nl"),
    "wisselend": (Kind.MIXED, "nl"),
    "strong": (Kind.STRENGTH, "en"),
    "growth": (Kind.GROWTH, "en"),
    "differs": (Kind.MIXED, "en"),
}
_FRAMES: dict[Locale, dict[Kind, tuple[str, str]]] = {
    "nl": {
        Kind.STRENGTH: ("Het is fijn dat {}.", "Het is mooi dat {}."),
        Kind.GROWTH: ("Het zou mooi zijn als {}.", "Het zou fijn zijn als {}."),
    },
    "en": {
        Kind.STRENGTH: ("It is appreciated that {}.", "It is nice that {}."),
        Kind.GROWTH: ("A wish for you is that {}.", "There is a wish that {}."),
    },
}
"""Without "someone" or "everyone": a model is not told how many said so."""
_WORDING = {"nl": phrasing_nl.WORDING, "en": phrasing_en.WORDING}
_DIFFER = {"nl": phrasing_nl.PHRASING.differ, "en": phrasing_en.PHRASING.differ}
_STRANGER = "This is the demo model of Terugblik. It only answers the prompts of that program."


def asked(prompt: Prompt) -> Asked:
    """Which of the product's prompts this is."""
    if prompt.schema is not None:
        return "sort"
    first = _POINT.search(prompt.user)
    return "rewrite" if first is not None and first.group().startswith("(") else "write"


def answer(prompt: Prompt) -> str:
    """A whole answer in the agreed form; to a prompt of someone else's, what this is."""
    if prompt.schema is not None:
        return _sorted(prompt.user)
    points = list(_POINT.finditer(prompt.user))
    if not points:
        return _STRANGER
    locale = _KINDS[points[0]["kind"]][1]
    statements = [Statement(_KINDS[point["kind"]][0], point["text"], ()) for point in points]
    sentences = [_sentence(statement, locale, place) for place, statement in enumerate(statements)]
    if asked(prompt) == "rewrite":
        return sentences[0]
    return _lines(sentences, statements, locale)


def _sorted(user: str) -> str:
    found = list(_COMMENT.finditer(user))
    comments = [
        Comment(int(one["number"]), one["text"], int(one["number"]), one["about"] or "") for one in found
    ]
    locale: Locale = "en" if found and found[0]["tag"] == "comment" else "nl"
    statements = [
        {"kind": statement.kind.value, "text": statement.text, "sources": statement.sources}
        for statement in statements_by_rule(comments, locale)
    ]
    return json.dumps({"claims": statements}, ensure_ascii=False)


def _sentence(statement: Statement, locale: Locale, place: int) -> str:
    wording = _WORDING[locale][topic_of(statement)]
    if statement.kind is Kind.MIXED:
        return _DIFFER[locale][place % 2].format(subject=wording.subject)
    body = (wording.praise if statement.kind is Kind.STRENGTH else wording.hope)[place % 2]
    return _FRAMES[locale][statement.kind][place % 2].format(body)


def _lines(sentences: Sequence[str], statements: Sequence[Statement], locale: Locale) -> str:
    tip = tip_for(statements, locale, len(statements)).text.removeprefix("Tip: ")
    numbered = [f"{number}: {sentence}" for number, sentence in enumerate(sentences, start=1)]
    return "\n".join([*numbered, f"tip: {tip}"])
