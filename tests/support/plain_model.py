"""What the scripted model says when all is well: it reads every comment as one point, whatever it is about.

It shows paths and promises, not meaning; models that understand are played from PeerNL (peernl_player.py).
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Literal, get_args

from app.text.contract import Step
from app.text.points import THEMES
from app.text.types import Prompt

STEPS: tuple[Step, ...] = get_args(Step)
MAX_QUOTE_CHARS = 200

_ASKS_FOR_CHANGE = re.compile(
    r"\b(?:laat|mag|vaker|beter|niet|nooit|maar|late|could|more|not|never|but|should)\b", re.IGNORECASE
)
_MARK = re.compile(r"bij opdracht \d+")
_LINES = {
    "nl": {
        "strength": "Je groep is blij met wat je deed{mark}.",
        "growth": "Je mag de volgende keer iets anders doen{mark}.",
        "mixed": "Je groep is blij met wat je deed{mark}; iets mag anders.",
    },
    "en": {
        "strength": "Your group is glad about what you did{mark}.",
        "growth": "You could do something differently next time{mark}.",
        "mixed": "Your group is glad about what you did{mark}; something could change.",
    },
}


def asked(prompt: Prompt) -> Step | Literal["other"]:
    """Which of the four calls this is."""
    title = (prompt.schema or {}).get("title")
    if title in STEPS:
        return title
    return "write" if prompt.user.startswith("{") and '"claims"' in prompt.user else "other"


def answer(prompt: Prompt) -> str:
    """A whole answer in the agreed form."""
    step = asked(prompt)
    if step == "other":
        return "Dit is een testmodel."
    message: dict[str, Any] = json.loads(prompt.user)
    if step == "extract":
        return _json({"points": [_point(comment) for comment in message["comments"]]})
    if step == "judge_points":
        says = ({"number": one["number"], "says": _says(one["quote"])} for one in message["points"])
        return _json({"verdicts": list(says)})
    if step == "judge_sentences":
        return _json(
            {"verdicts": [{"number": one["number"], "faithful": True} for one in message["sentences"]]}
        )
    return "\n".join(_line(claim, message["language"]) for claim in message["claims"])


def _point(comment: dict[str, Any]) -> dict[str, object]:
    quote = comment["text"][:MAX_QUOTE_CHARS].strip()
    kind = "growth" if _says(quote) == "wish" else "strength"
    theme = THEMES[comment["number"] % len(THEMES)]
    return {"comment": comment["number"], "quote": quote, "kind": kind, "theme": theme}


def _says(quote: str) -> str:
    return "wish" if _ASKS_FOR_CHANGE.search(quote) else "praise"


def _line(claim: dict[str, Any], language: Literal["nl", "en"]) -> str:
    text = _LINES[language][claim["kind"]].format(mark=_mark(claim["quotes"]))
    return f"{claim['number']}: {text}"


def _mark(quotes: Sequence[str]) -> str:
    """The number by which a test knows whose call it is, if the comments have one."""
    found = next((match for quote in quotes if (match := _MARK.search(quote))), None)
    return f" {found.group()}" if found else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
