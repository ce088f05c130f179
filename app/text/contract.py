"""The contract of the four calls: what is sent to a model, and what its answer may be.

Programs outside rely on the titles and keys. The system text is the same for every student of a language. The
last user message is one JSON object, so that no comment can leave its place: whatever a comment says, it is a
string in that object. The schema of the answer has the step's name as its title; `write` has no schema and is
known by its key `claims`.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Literal

from app.core.locale import Locale
from app.text.points import READINGS, THEMES, VERDICTS, Point, Statement
from app.text.types import Comment, Prompt

PROMPT_VERSION = "2026-12.1"
"""Rises with every change of a prompt or of what is put into it; stored with each summary and step."""

Step = Literal["extract", "judge_points", "write", "judge_sentences"]

NO_COMMENTS_CHARS = 200
"""Characters of a user message that are not comments: keys, braces, numbers."""
PER_COMMENT_CHARS = 60


def extract_prompts(comments: Sequence[Comment], locale: Locale, budget_chars: int) -> tuple[Prompt, ...]:
    """One request for all comments, or as few as hold them in `budget_chars` characters each.

    A comment that is longer than a request is read in parts under its number; parts are cut at white space.
    Raises ValueError for a budget that holds no comment.
    """
    if budget_chars <= NO_COMMENTS_CHARS + PER_COMMENT_CHARS:
        raise ValueError("budget_chars must leave room for a comment")
    room = budget_chars - NO_COMMENTS_CHARS
    batches: list[list[dict[str, object]]] = [[]]
    left = room
    for comment in comments:
        for part in _parts(comment.text, room - PER_COMMENT_CHARS - len(comment.criterion)):
            row: dict[str, object] = {"number": comment.number, "about": comment.criterion, "text": part}
            size = len(part) + len(comment.criterion) + PER_COMMENT_CHARS
            if batches[-1] and size > left:
                batches.append([])
                left = room
            batches[-1].append(row)
            left -= size
    return tuple(_prompt("extract", locale, {"comments": rows}) for rows in batches if rows)


def judge_points_prompts(
    points: Sequence[Point], comments: Sequence[Comment], locale: Locale, budget_chars: int
) -> tuple[Prompt, ...]:
    """One request for all points, or as few as hold them; numbers are places in `points`, from 1.

    The order is reversed, so that the second reading does not follow the first.
    """
    texts = {comment.number: comment.text for comment in comments}
    batches: list[list[dict[str, object]]] = [[]]
    left = budget_chars
    for number, point in sorted(enumerate(points, 1), reverse=True):
        context = _around(texts[point.comment], point.quote, budget_chars // 4)
        size = len(context) + len(point.quote) + PER_COMMENT_CHARS
        if batches[-1] and size > left:
            batches.append([])
            left = budget_chars
        batches[-1].append({"number": number, "comment": context, "quote": point.quote})
        left -= size
    return tuple(_prompt("judge_points", locale, {"points": rows}) for rows in batches if rows)


def write_prompt(
    statements: Sequence[tuple[int, Statement]], locale: Locale, refused: dict[int, str] | None = None
) -> Prompt:
    """Ask for one line each, `1: sentence`. `refused` says by number why the last sentence failed."""
    rows: list[dict[str, object]] = []
    for number, statement in statements:
        row: dict[str, object] = {
            "number": number,
            "kind": str(statement.kind),
            "theme": statement.theme,
            "people": "one" if statement.people == 1 else "several",
            "quotes": list(statement.quotes),
        }
        if refused is not None:
            row["refused"] = refused[number]
        rows.append(row)
    return _prompt("write", locale, {"language": locale, "claims": rows})


def judge_sentences_prompt(sentences: Sequence[tuple[int, Statement, str]], locale: Locale) -> Prompt:
    """Ask whether each sentence says what its quotes say, no more and no less."""
    rows = [
        {"number": number, "quotes": list(statement.quotes), "sentence": sentence}
        for number, statement, sentence in sentences
    ]
    return _prompt("judge_sentences", locale, {"language": locale, "sentences": rows})


def _prompt(step: Step, locale: Locale, message: dict[str, object]) -> Prompt:
    user = json.dumps(message, ensure_ascii=False)
    return Prompt(_system(step, locale), user, PROMPT_VERSION, schema(step))


@cache
def schema(step: Step) -> dict[str, object] | None:
    """The JSON schema of a step's answer, with the step's name as its title; None for `write`."""
    if step == "extract":
        return _list_schema(
            step,
            "points",
            {
                "comment": {"type": "integer"},
                "quote": {"type": "string"},
                "kind": {"type": "string", "enum": list(READINGS)},
                "theme": {"type": "string", "enum": list(THEMES)},
            },
        )
    if step == "judge_points":
        return _list_schema(
            step,
            "verdicts",
            {"number": {"type": "integer"}, "says": {"type": "string", "enum": list(VERDICTS)}},
        )
    if step == "judge_sentences":
        return _list_schema(
            step, "verdicts", {"number": {"type": "integer"}, "faithful": {"type": "boolean"}}
        )
    return None


def _list_schema(title: str, key: str, properties: dict[str, object]) -> dict[str, object]:
    row = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {
        "title": title,
        "type": "object",
        "properties": {key: {"type": "array", "items": row}},
        "required": [key],
        "additionalProperties": False,
    }


def _parts(text: str, size: int) -> list[str]:
    """The text in pieces of at most `size` characters, cut at white space where there is any."""
    pieces: list[str] = []
    while len(text) > size:
        space = text.rfind(" ", size // 2, size + 1)
        at = space if space > 0 else size
        pieces.append(text[:at])
        text = text[at:].lstrip(" ")
    return [*pieces, text] if text else pieces


def _around(text: str, quote: str, size: int) -> str:
    """The comment, or of a very long one what stands around the quote."""
    if len(text) <= size:
        return text
    at = max(0, text.find(quote))
    start = max(0, min(at - (size - len(quote)) // 2, len(text) - size))
    return text[start : start + size]


@cache
def _system(step: Step, locale: Locale) -> str:
    return (
        resources.files("app.text")
        .joinpath("prompts", f"{step}.{locale}.md")
        .read_text(encoding="utf-8")
        .strip()
    )
