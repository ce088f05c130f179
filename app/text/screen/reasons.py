"""Reasons: what in a text a teacher must see, and where it stands. One file of patterns for each reason."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, NamedTuple, get_args

from app.text.normalise import visible
from app.text.screen.patterns import PatternFile, Read
from app.text.screen.word_sets import WordSets
from app.text.tokens import CACHED
from app.text.types import FlagReason

_MARKS = re.compile(
    r"<!--[^>]{0,2000}-->|<(?P<tag>[a-z]{1,12})\b[^<>]{0,200}>[^<]{0,500}</(?P=tag)>|</?[a-z!][^<>]{0,200}>|```"
    r"|\{\s*[\"'{]|[\"']\s*\}|\"\s*:\s*[\[{\"]|\[/?[A-Z]{3,12}\]|(?<![\w*])\*\*(?=\S)|={3,}|-{3,}|\|\s*-"
    r"|^[ \t]*#{1,6}[ \t]"
    r"|[\[\]{}|\\`]{2,}|;[ \t]?--",
    re.IGNORECASE | re.MULTILINE,
)
_ROLE = re.compile(
    r"(?:^|[\n.!?>][ \t]{0,9})(?:system|systeem|assistant|assistent|user|gebruiker"
    r"|prompt|instructie|instruction|admin|ai)[ \t]{0,3}:",
    re.IGNORECASE,
)
"""Marks of code, markup and role-play: no ordinary comment has them."""
_HIDDEN = re.compile("[\U000e0020-\U000e007f]{4,}")
"""Letters that nobody can see; the flag of Wales has them too, behind a black flag."""
_BLACK_FLAG = "\U0001f3f4"


class Finding(NamedTuple):
    """text[start:end] gives this reason."""

    reason: FlagReason
    start: int
    end: int
    mark: Literal["", "open", "closed"] = ""
    """A mark of code or of a role; a closed one, a tag or a comment, says itself where it ends."""


def hides_text(text: str) -> bool:
    """Whether a raw text holds letters that are invisible, as only a program would read them."""
    return any(text[hidden.start() - 1 : hidden.start()] != _BLACK_FLAG for hidden in _HIDDEN.finditer(text))


@lru_cache(maxsize=CACHED)
def findings(text: str) -> tuple[Finding, ...]:
    """Everything in a text that `visible` has cleaned, left to right; linear in its length."""
    return tuple(sorted({*_by_pattern(text), *_by_mark(text)}, key=lambda one: (one.start, one.end)))


def reasons(text: str) -> frozenset[FlagReason]:
    """The reasons alone."""
    return frozenset(finding.reason for finding in findings(visible(text)))


def _by_pattern(text: str) -> Iterator[Finding]:
    sets, files = _files()
    read = Read(text, sets)
    for reason, patterns in files.items():
        for found in patterns.search(read):
            yield Finding(reason, found.start, found.end)


def _by_mark(text: str) -> Iterator[Finding]:
    for pattern in (_MARKS, _ROLE):
        for match in pattern.finditer(text):
            closed = match.group().startswith("<") and match.group().endswith(">")
            yield Finding("injection", match.start(), match.end(), "closed" if closed else "open")


@cache
def _files() -> tuple[WordSets, dict[FlagReason, PatternFile]]:
    folder = resources.files("app.text").joinpath("lexicon", "screen")
    sets = WordSets()
    sets.define(folder.joinpath("common.txt").read_text(encoding="utf-8").splitlines())
    names: tuple[FlagReason, ...] = get_args(FlagReason)
    files = {
        name: PatternFile(name, folder.joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines(), sets)
        for name in names
    }
    return sets, files
