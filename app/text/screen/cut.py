"""Cutting: what remains of a comment once the words that nobody may repeat are gone."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from app.text.screen.reasons import Finding
from app.text.types import FlagReason

WHOLE: frozenset[FlagReason] = frozenset(
    {"self_harm", "threat", "sexual", "home", "bullying", "accusation_serious"}
)
"""Of a comment with one of these nothing is used: its other half says who wrote it, or of whom it is."""
_ORDERS: frozenset[FlagReason] = frozenset({"injection", "phishing"})

_PRONOUN = (
    r"je|jij|hij|ze|zij|ik|we|wij|mag|kan|kon|was|is|had|deed|you|he|she|they|i|was|is|did|his|her|your|jouw"
)
_CLAUSE_END = re.compile(
    r"[.!?…]+(?=\s|$)|[;\n\r,()]|\s[-–—]\s"
    r"|\b(?:maar|want|omdat|terwijl|hoewel|echter|dus|but|because|although|though|however|whereas|so)\b"
    rf"|\b(?:en|and)\b(?=\s(?:{_PRONOUN})\b)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)]*(?=\s|$)|[\n\r]")
_CAUSE = re.compile(
    r"\b(?:vanwege|wegens|door|met|sinds|tijdens|ondanks|dankzij|voor"
    r"|for|because of|due to|with|since|during|despite)"
    r"\s(?:\S{1,20}\s){0,2}$",
    re.IGNORECASE,
)
_COMPARES = ("voor", "for")
"""In front of a clause these belong to what it says: "for a girl you build well"."""
_DETERMINED = re.compile(
    r"(?:^|\s)(?:(?:een|'n|n|zo'n|die|dat|deze|de|het|wat|echt|gewoon|zo|such|a|an|the|that|this|you|jij|je)\s){0,3}$",
    re.IGNORECASE,
)
_SAYS_IS = re.compile(
    r"\b(?:ben|bent|is|zijn|was|waren|are|were|am|be|zijt|lijkt|als|like|wat een|what an?)\b", re.IGNORECASE
)
_ANNOUNCES = re.compile(
    r":\s*$|\b(?:volgende|onderstaande|hieronder|following|below|letterlijk|verbatim|exactly)\b",
    re.IGNORECASE,
)
_QUOTES = re.compile(r"[\"“”„]|(?<!\w)['‘]|['’](?!\w)")
_JOINS = re.compile(r"^(?:maar|en|dus|want|but|and|so)\s", re.IGNORECASE)
_MIN_WORDS = 3
_NEAR = 80
"""How many characters before a phrase can belong to it."""
_MAX_CLOSED = 20
"""So many tags are looked into for more; with more of them the comment is no comment."""


def remains(text: str, found: Sequence[Finding]) -> str:
    """The text without what was found; empty when nothing of it may be used.

    An order to a program takes its sentence along, and all that follows unless its end is certain.
    """
    if any(finding.reason in WHOLE for finding in found):
        return ""
    closed = [(finding.start, finding.end) for finding in found if finding.mark == "closed"]
    rest = [finding for finding in found if not any(_within(finding, span) for span in closed[:_MAX_CLOSED])]
    orders = [finding for finding in rest if finding.reason in _ORDERS]
    others = [finding for finding in rest if finding.reason not in _ORDERS]
    spans = [*closed, *map(partial(_order, text), _grouped(_SENTENCE_END, text, orders))]
    spans += map(partial(_phrase, text), _grouped(_CLAUSE_END, text, others))
    return _without(text, spans)


class _Group(NamedTuple):
    """Findings within one clause or sentence, which is text[start:end]."""

    start: int
    end: int
    found: list[Finding]


def _grouped(ends: re.Pattern[str], text: str, found: Sequence[Finding]) -> list[_Group]:
    """The findings by the clause or sentence that they begin in; one that goes beyond it widens it."""
    cuts = [0, *(match.end() for match in ends.finditer(text)), len(text)]
    groups: list[_Group] = []
    for finding in found:
        if groups and finding.start < groups[-1].end:
            groups[-1].found.append(finding)
            end = cuts[bisect_left(cuts, finding.end)]
            groups[-1] = groups[-1]._replace(end=max(end, groups[-1].end))
        else:
            start = cuts[bisect_right(cuts, finding.start) - 1]
            groups.append(_Group(start, cuts[bisect_left(cuts, finding.end)], [finding]))
    return groups


def _within(finding: Finding, span: tuple[int, int]) -> bool:
    return span[0] <= finding.start and finding.end <= span[1]


def _order(text: str, group: _Group) -> tuple[int, int]:
    """The sentence of an order. Where it ends is certain unless it announces or quotes what comes next."""
    said = text[group.start : group.end]
    if group.found[0].mark:
        return group.found[0].start, group.end
    open_quote = len(_QUOTES.findall(said)) % 2 == 1
    dictated = ":" in said and not _QUOTES.search(said)
    return group.start, len(text) if open_quote or dictated or _ANNOUNCES.search(said) else group.end


def _phrase(text: str, group: _Group) -> tuple[int, int]:
    """The clause that says it; only the phrase when the rest of the clause stands without it."""
    first = min(finding.start for finding in group.found)
    last = max(finding.end for finding in group.found)
    before, after = text[group.start : first], text[last : group.end]
    cause = _CAUSE.search(before[-_NEAR:])
    if cause and not (after.strip() and cause.group().lower().startswith(_COMPARES)):
        begins = first - len(before[-_NEAR:]) + cause.start()
        if len(text[group.start : begins].split()) + len(after.split()) >= _MIN_WORDS:
            return begins, last
    called = {finding.reason for finding in group.found} == {"insult"} and not _SAYS_IS.search(before + after)
    if called and len(after.split()) >= _MIN_WORDS and _DETERMINED.search(before[-_NEAR:]):
        return group.start, last
    if called and not any(map(str.isalnum, after)) and len(before.split()) >= _MIN_WORDS:
        return first, group.end
    return group.start, group.end


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    kept: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start > at:
            kept.append(text[at:start])
        at = max(at, end)
    kept.append(text[at:])
    pieces = (_JOINS.sub("", piece.strip(" \t\n\r,;:-–—")) for piece in kept)
    return " ".join(" … ".join(piece for piece in pieces if any(map(str.isalnum, piece))).split())
