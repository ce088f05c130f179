"""Parse: a model's raw answer into claims or lines, or a fault of format that says what was wrong.

Nothing is repaired: an answer that is not in the agreed form was not understood, and the caller asks again.
"""

import json
import re
from collections.abc import Collection
from typing import Literal

from app.text.types import Kind, Statement

MAX_CLAIMS = 40
MAX_CLAIM_CHARS = 400
MAX_LINE_CHARS = 600
MAX_ANSWER_CHARS = 50_000

Label = int | Literal["tip"]


class FormatFault(Exception):
    """The answer is not in the agreed form. `code` is stable and holds nothing of the text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_REFUSAL = re.compile(
    r"\b(?:"
    r"ik\skan\s(?:(?:je|u|hier|daar|dit|dat)\s){0,2}(?:niet|geen)\b|ik\smag\s(?:(?:dit|dat|je)\s)?niet\b"
    r"|het\sspijt\sm[ei]j?|sorry\b|als\s(?:een\s)?(?:ai|taalmodel|assistent)"
    r"|as\san?\s(?:ai|assistant|(?:large\s)?language\smodel)"
    r"|i\s(?:cannot|can['’]?t|can\snot|am\snot\sable|am\sunable|won['’]?t|must\sdecline)"
    r"|i['’]m\s(?:sorry|unable|not\sable)|unfortunately,?\si)",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(
    r"^\W*(?:"
    r"hier\s(?:is|zijn|volgt|volgen|heb)|natuurlijk|zeker|uiteraard|samenvatting|hieronder|okay?\b,|oké\b,|graag\b"
    r"|here\s(?:is|are)|here['’]s|sure|certainly|of\scourse|summary|below|the\sfollowing|let\sme"
    r"|based\son|op\sbasis\svan)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"```|\*\*|__|^\s*[#>|]|^\s*[-*•–]\s|`|</?[a-zA-Z!]|&[a-z]+;|\]\(")
_JSON = re.compile(r"^\s*[\[{\"]|[{}]|\"\s*:")
_NUMBERED = re.compile(r"^\s*\d{1,2}\s*[.)]")
_LABELLED = re.compile(r"^(\d{1,2}|tip)\s*:\s*(.*)$", re.IGNORECASE)
_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)


def parse_statements(raw: str, numbers: Collection[int]) -> tuple[Statement, ...]:
    """The claims of an answer to a sort prompt; neutral ones yield none.

    `numbers` are the comments that the prompt held. A code fence around the whole answer is let
    through: servers without schema support add it. Raises FormatFault: empty, too_long, refusal, markup,
    preamble, list, json, shape, kind, text, sources.
    """
    answer = raw.strip()
    if not answer:
        raise FormatFault("empty")
    if len(answer) > MAX_ANSWER_CHARS:
        raise FormatFault("too_long")
    if fenced := _FENCE.fullmatch(answer):
        answer = fenced.group(1).strip()
    if not answer.startswith("{"):
        raise FormatFault(debris(answer) or "json")
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        raise FormatFault("json") from None
    statements = document.get("claims")
    if not isinstance(statements, list) or len(statements) > MAX_CLAIMS:
        raise FormatFault("shape")
    read = (_statement(statement, numbers) for statement in statements)
    return tuple(statement for statement in read if statement is not None)


def _statement(raw: object, numbers: Collection[int]) -> Statement | None:
    if not isinstance(raw, dict):
        raise FormatFault("shape")
    kind, text, sources = raw.get("kind"), raw.get("text"), raw.get("sources")
    if not isinstance(kind, str) or kind not in {"strength", "growth", "mixed", "neutral"}:
        raise FormatFault("kind")
    if not isinstance(text, str) or len(text) > MAX_CLAIM_CHARS or not (text.strip() or kind == "neutral"):
        raise FormatFault("text")
    if not isinstance(sources, list) or any(
        type(source) is not int or source not in numbers for source in sources
    ):
        raise FormatFault("sources")
    if kind == "neutral":
        return None
    if not sources:
        raise FormatFault("sources")
    return Statement(Kind(kind), " ".join(text.split()), tuple(sorted(set(sources))))


def debris(text: str) -> str | None:
    """What a text has that no sentence has: refusal, markup, json, list or preamble; None when clean."""
    for code, pattern in (
        ("refusal", _REFUSAL),
        ("markup", _MARKUP),
        ("json", _JSON),
        ("list", _NUMBERED),
        ("preamble", _PREAMBLE),
    ):
        if pattern.search(text):
            return code
    return None


class LineReader:
    """Reads `1: …`, `2: …`, `tip: …` while a model is still writing.

    `feed` gives the lines that are complete; `close` the last one. Labels rise from 1; the tip is last.
    Raises FormatFault: too_long, refusal, markup, json, list, preamble, label, order, empty.
    """

    def __init__(self) -> None:
        self._buffer = ""
        self._next = 1
        self._ended = False

    def feed(self, piece: str) -> list[tuple[Label, str]]:
        """The labelled lines that this piece completes."""
        self._buffer += piece
        *complete, self._buffer = self._buffer.replace("\r", "\n").split("\n")
        if len(self._buffer) > MAX_LINE_CHARS:
            raise FormatFault("too_long")
        return [read for line in complete if (read := self._read(line)) is not None]

    def close(self) -> list[tuple[Label, str]]:
        """What is left when the stream has ended."""
        line, self._buffer = self._buffer, ""
        read = self._read(line)
        if read is None and self._next == 1 and not self._ended:
            raise FormatFault("empty")
        return [] if read is None else [read]

    def _read(self, line: str) -> tuple[Label, str] | None:
        line = line.strip()
        if not line:
            return None
        if len(line) > MAX_LINE_CHARS:
            raise FormatFault("too_long")
        labelled = _LABELLED.match(line)
        if labelled is None or self._ended:
            raise FormatFault(debris(line) or "label")
        label, text = labelled.group(1).lower(), labelled.group(2).strip()
        if not text:
            raise FormatFault("empty")
        if found := debris(text):
            raise FormatFault(found)
        if label == "tip":
            self._ended = True
            return "tip", text
        if int(label) != self._next:
            raise FormatFault("order")
        self._next += 1
        return int(label), text
