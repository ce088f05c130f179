"""Answers of a model, read as the contract says; what is not of that form was not understood.

Thinking that a server lets through is cut off: whatever stands before `</think>` is no answer. A code fence
and words around the JSON of a server that does not honour the schema are let through, for the rows inside
are checked one by one anyway.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from app.text.points import READINGS, THEMES, VERDICTS, Reading, Theme, Verdict

MAX_ROWS = 400
MAX_QUOTE_CHARS = 2_000
MAX_LINE_CHARS = 600

_THINKING = "</think>"
_LABELLED = re.compile(r"^\W{0,4}(\d{1,2})\W{0,2}[:.)]\W{0,2}\s*(\S.*)$")
_VERDICT = re.compile(
    r"\{[^{}]{0,80}?\"number\"\s{0,4}:\s{0,4}(\d{1,3})\s{0,4},\s{0,4}\"faithful\"\s{0,4}:\s{0,4}(true|false)\s{0,4}\}"
)


class AnswerFault(Exception):
    """The answer is not in the agreed form. `code` is stable and holds nothing of the text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Found:
    """One row of an answer to `extract`, not yet held against the comment."""

    comment: int
    quote: str
    kind: Reading
    theme: Theme


def read_points(answer: str) -> tuple[Found, ...]:
    """The rows of an answer to `extract`. A row with an unknown theme has the theme `other`.

    Rows of another form are left out: their comment then counts as forgotten. Raises AnswerFault.
    """
    return tuple(found for row in _rows(answer, "points") if (found := _found(row)) is not None)


def read_verdicts(answer: str) -> dict[int, Verdict]:
    """The verdicts of `judge_points`, by number; the first of each counts. Raises AnswerFault."""
    verdicts: dict[int, Verdict] = {}
    for row in _rows(answer, "verdicts"):
        number, says = row.get("number"), row.get("says")
        if type(number) is int and says in VERDICTS:
            verdicts.setdefault(number, cast(Verdict, says))
    return verdicts


def read_lines(answer: str) -> dict[int, str]:
    """The lines `1: sentence` of an answer to `write`, by number; the first of each counts.

    Lines without a number (a preamble, thinking, a heading) are no sentences and are passed over.
    """
    lines: dict[int, str] = {}
    for line in _after_thinking(answer).replace("\r", "\n").split("\n"):
        labelled = _LABELLED.match(line.strip()) if len(line) <= MAX_LINE_CHARS else None
        if labelled is not None:
            lines.setdefault(int(labelled.group(1)), labelled.group(2).strip())
    return lines


class VerdictReader:
    """Reads the verdicts of `judge_sentences` while the model is still writing them.

    An answer that begins with anything but JSON is read at its end, for what stands in front may be thinking.
    """

    def __init__(self) -> None:
        self._text = ""
        self._read_to = 0
        self._known: set[int] = set()

    def feed(self, piece: str) -> Iterator[tuple[int, bool]]:
        """The verdicts that this piece completes: number and whether the sentence is faithful."""
        self._text += piece
        if self._text.lstrip()[:1] == "{":
            yield from self._new()

    def close(self) -> Iterator[tuple[int, bool]]:
        """What is left when the answer has ended."""
        if self._text.lstrip()[:1] != "{":
            self._text = _after_thinking(self._text)
            yield from self._new()

    def _new(self) -> Iterator[tuple[int, bool]]:
        for match in _VERDICT.finditer(self._text, self._read_to):
            self._read_to = match.end()
            number = int(match.group(1))
            if number not in self._known:
                self._known.add(number)
                yield number, match.group(2) == "true"


def _found(row: dict[str, Any]) -> Found | None:
    comment, quote, kind, theme = (row.get(key) for key in ("comment", "quote", "kind", "theme"))
    if type(comment) is not int or kind not in READINGS or not isinstance(quote, str):
        return None
    if len(quote) > MAX_QUOTE_CHARS or (kind in {"strength", "growth"} and not quote.strip()):
        return None
    return Found(comment, quote, cast(Reading, kind), cast(Theme, theme) if theme in THEMES else "other")


def _rows(answer: str, key: str) -> list[dict[str, Any]]:
    text = _after_thinking(answer)
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise AnswerFault("no_json" if text.strip() else "empty")
    try:
        document = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        raise AnswerFault("json") from None
    rows = document.get(key)
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise AnswerFault("shape")
    return [row for row in rows if isinstance(row, dict)]


def _after_thinking(answer: str) -> str:
    return answer.rpartition(_THINKING)[2]
