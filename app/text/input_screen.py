"""Screen: take out of the comments what must never reach a summary, and flag them to the teacher."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal, cast

from app.text.normalise import visible
from app.text.polarity import Polarity, clauses, judge
from app.text.tokens import CACHED, Phrases, lexicon, words
from app.text.types import Comment, Flag

Reason = Literal["insult", "threat", "health", "religion", "injection", "other"]

_DEBRIS = re.compile(
    r"[{}<>\[\]`|\\]|https?://|\bwww\.|^\s*#{1,6}\s|\*\*|(?:^|\n)\s*(?:system|assistant|user|systeem)\s*:|-{3,}|={3,}",
    re.IGNORECASE,
)
"""Marks of code, markup, links and role-play: no ordinary comment has them."""
_SMILEYS = re.compile(r"[<>]3|[<>]?[:;=][-']?(?:[)(\]\[|\\DPp3]|/(?!/))|-_-|\^\^|<-|->")


@dataclass(frozen=True, slots=True)
class Screened:
    """What is left of the comments."""

    usable: tuple[Comment, ...]
    """Comments that may be summarised, without their unfit clauses."""
    neutral: tuple[int, ...]
    """Numbers of comments that say nothing: "ok", "-"; read, and no claim may rest on them."""
    flags: tuple[Flag, ...]


def screen(comments: Iterable[Comment]) -> Screened:
    """Leave unfit clauses out, set neutral comments apart, and flag what a teacher should see.

    A threat takes its whole comment out. After an attempt to give the model orders nothing of that comment
    counts any more, since the rest may be its payload; what stood before it stays.
    """
    usable: list[Comment] = []
    neutral: list[int] = []
    flags: list[Flag] = []
    for comment in comments:
        reasons, fit = _fit(comment.text)
        flags += [Flag(comment.number, reason) for reason in sorted(reasons)]
        if not reasons and judge(comment.text) is Polarity.NEUTRAL:
            neutral.append(comment.number)
        elif fit and judge(fit) is not Polarity.NEUTRAL:
            usable.append(replace(comment, text=fit))
    return Screened(tuple(usable), tuple(neutral), tuple(flags))


def unfit(text: str) -> tuple[Reason, ...]:
    """Why this text may not stand in a summary; empty when it may."""
    return tuple(sorted(_reasons(visible(text))))


def _fit(text: str) -> tuple[frozenset[Reason], str]:
    """What is wrong with a comment, and what remains of it."""
    reasons = _reasons(visible(text))
    if not reasons:
        return reasons, text
    if "threat" in reasons:
        return reasons, ""
    kept: list[str] = []
    for clause in _pieces(text):
        wrong = _reasons(clause)
        if "injection" in wrong:
            break
        if not wrong:
            kept.append(clause)
    remains = ". ".join(kept)
    return reasons, "" if _reasons(remains) else remains


def _pieces(text: str) -> tuple[str, ...]:
    """Clauses; a text with markup is cut at its first mark first, since clauses do not know markup."""
    plain = _SMILEYS.sub(" ", visible(text))
    mark = _DEBRIS.search(plain)
    if mark is None:
        return clauses(plain)
    return (*clauses(plain[: mark.start()]), plain[mark.start() :])


@lru_cache(maxsize=CACHED)
def _reasons(text: str) -> frozenset[Reason]:
    reasons = frozenset(cast(Reason, hit.label) for hit in _phrases().find(words(text)))
    return reasons | {"injection"} if _DEBRIS.search(_SMILEYS.sub(" ", text)) else reasons


@cache
def _phrases() -> Phrases:
    return Phrases(lexicon("screen"))
