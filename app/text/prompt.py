"""Prompts: what a model is asked, made from the files in `prompts/`; every comment goes in, none is cut.

One comment per request as long as there are few: tried one at a time with examples, small models never
turned a complaint into praise; in batches they did (docs/adr/0010-evidence-before-sentences.md). The system
text is the same each time, so a server that keeps its prefix in cache reads it once.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources

from app.core.locale import Locale
from app.text.types import Comment, Kind, Prompt, Statement

PROMPT_VERSION = "2026-11.1"
"""Rises with every change of a template or of what is put into it; stored with each summary."""

MAX_REQUESTS = 12
"""Up to this many comments get a request each; more are spread over this many, budget allowing."""

_SORTED_KINDS = ("strength", "growth", "mixed", "neutral")
_WORDS: dict[Locale, dict[str, str]] = {
    "nl": {
        "comment": "commentaar",
        "number": "nummer",
        "about": "over",
        "strength": "sterk",
        "growth": "groei",
        "mixed": "wisselend",
        "why": "De vorige zin werd afgekeurd: {}.",
    },
    "en": {
        "comment": "comment",
        "number": "number",
        "about": "about",
        "strength": "strong",
        "growth": "growth",
        "mixed": "differs",
        "why": "The last sentence was refused: {}.",
    },
}
_WHY: dict[Locale, dict[str, str]] = {
    "nl": {
        "language": "hij was niet in het Nederlands",
        "person": "hij sprak de leerling niet aan met je",
        "length": "hij was te lang of te kort",
        "sentences": "het was meer dan één zin of een halve",
        "polarity": "lof en kritiek waren niet zoals in het punt",
        "quantifier": "hij noemde hoeveel mensen iets vonden",
        "unsupported": "hij zei meer dan het punt",
        "accusation": "hij verweet iets dat niemand had gezegd",
        "leak": "er stond iets in dat naar een persoon wijst",
        "": "hij volgde de regels niet",
    },
    "en": {
        "language": "it was not in English",
        "person": "it did not address the pupil as you",
        "length": "it was too long or too short",
        "sentences": "it was more than one sentence, or half of one",
        "polarity": "praise and criticism were not as in the point",
        "quantifier": "it said how many people thought so",
        "unsupported": "it said more than the point",
        "accusation": "it blamed for something that nobody had said",
        "leak": "it held something that points at a person",
        "": "it did not follow the rules",
    },
}


def sort_prompts(comments: Sequence[Comment], locale: Locale, budget_chars: int) -> tuple[Prompt, ...]:
    """Requests that together hold every character of every comment, each at most `budget_chars` of comments.

    A comment longer than that is spread over several requests at white space, under its own number.
    """
    if budget_chars < 1:
        raise ValueError("budget_chars must be positive")
    parts = [(comment, part) for comment in comments for part in _parts(comment.text, budget_chars)]
    together = -(-len(parts) // MAX_REQUESTS) or 1
    return tuple(_sort_prompt(batch, locale) for batch in _batches(parts, together, budget_chars))


def write_prompt(statements: Sequence[Statement], locale: Locale) -> Prompt:
    """Ask for one line per claim, `1: sentence`, in order, and a last line `tip: sentence`."""
    lines = [
        f"{number} ({_kind(statement.kind, locale)}): {_data(statement.text)}"
        for number, statement in enumerate(statements, 1)
    ]
    return Prompt(_template("write", locale), "\n".join(lines), PROMPT_VERSION)


def rewrite_prompt(statement: Statement, rejected_code: str, locale: Locale) -> Prompt:
    """Ask for one sentence only, and say what was wrong with the last one."""
    reasons = _WHY[locale]
    why = _WORDS[locale]["why"].format(reasons.get(rejected_code, reasons[""]))
    return Prompt(
        _template("rewrite", locale),
        f"{why}\n({_kind(statement.kind, locale)}): {_data(statement.text)}",
        PROMPT_VERSION,
    )


def _sort_prompt(batch: Sequence[tuple[Comment, str]], locale: Locale) -> Prompt:
    terms = _WORDS[locale]
    fenced = []
    for comment, text in batch:
        about = f' {terms["about"]}="{_data(comment.criterion)}"' if comment.criterion else ""
        fence = f'<{terms["comment"]} {terms["number"]}="{comment.number}"{about}>'
        fenced.append(f"{fence}{_data(text)}</{terms['comment']}>")
    numbers = tuple(sorted({comment.number for comment, _ in batch}))
    return Prompt(
        _template("sort", locale), "\n".join(fenced), PROMPT_VERSION, claims_schema(numbers), numbers
    )


def claims_schema(numbers: Sequence[int]) -> dict[str, object]:
    """The JSON schema of an answer that may only name these comments."""
    properties: dict[str, object] = {
        "kind": {"type": "string", "enum": list(_SORTED_KINDS)},
        "text": {"type": "string"},
        "sources": {
            "type": "array",
            "items": {"type": "integer", "enum": sorted(set(numbers))},
            "minItems": 1,
        },
    }
    statement = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"claims": {"type": "array", "items": statement}},
        "required": ["claims"],
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


def _batches(
    parts: Sequence[tuple[Comment, str]], together: int, budget_chars: int
) -> list[list[tuple[Comment, str]]]:
    batches: list[list[tuple[Comment, str]]] = []
    room = 0
    for part in parts:
        if not batches or len(batches[-1]) >= together or len(part[1]) > room:
            batches.append([])
            room = budget_chars
        batches[-1].append(part)
        room -= len(part[1])
    return batches


def _kind(kind: Kind, locale: Locale) -> str:
    return _WORDS[locale].get(kind.value, kind.value)


def _data(text: str) -> str:
    """Text that cannot close its fence, open another or begin a line of its own."""
    return " ".join(text.replace("<", "‹").replace(">", "›").replace('"', "”").split())


@cache
def _template(name: str, locale: Locale) -> str:
    return (
        resources.files("app.text")
        .joinpath("prompts", f"{name}.{locale}.md")
        .read_text(encoding="utf-8")
        .strip()
    )
