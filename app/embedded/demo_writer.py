"""What the demo model says: hand-written gold for the comments of the demo school, which are PeerNL's.

It answers the four calls of app.text.contract as a very good model would. Of a comment that is not PeerNL's
it finds nothing, so that the page gives the basic text and says how to connect a model.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal

from rapidfuzz import fuzz, process

import peernl
from app.core.locale import Locale
from app.text.quotes import literal
from app.text.types import Prompt

MAX_MIXED_WORDS = 40
MIN_SAME_COMMENT = 85.0
"""Of 100 (rapidfuzz ratio): a comment from which a name was taken out is still the same."""
MIN_SAME_QUOTE = 60.0
_STRANGER = "This is the demo model of Terugblik. It only answers the calls of that program."
_KEYS = {
    "extract": "comments",
    "judge_points": "points",
    "write": "claims",
    "judge_sentences": "sentences",
}
_SAYS = {"strength": "praise", "growth": "wish"}


class GoldWriter:
    """Answers from gold; `gold` holds comments by the text that is sent."""

    def __init__(self, gold: Mapping[str, peernl.Comment]) -> None:
        self._gold = gold
        self._points = [point for comment in gold.values() for point in comment.points]
        self._quotes = [point.quote.casefold() for point in self._points]

    def answer(self, prompt: Prompt) -> str:
        """A whole answer in the agreed form; to a prompt of another program, what this is."""
        try:
            message = json.loads(prompt.user)
        except ValueError:
            return _STRANGER
        step = str((prompt.schema or {}).get("title", "write"))
        if not isinstance(message, dict) or not isinstance(message.get(_KEYS.get(step, "")), list):
            return _STRANGER
        if step == "extract":
            return _json({"points": [row for one in message["comments"] for row in self.extract(one)]})
        if step == "judge_points":
            verdicts = [{"number": one["number"], "says": self.says(one)} for one in message["points"]]
            return _json({"verdicts": verdicts})
        if step == "judge_sentences":
            language = message["language"]
            judged = [
                {"number": one["number"], "faithful": self.is_faithful(one, language)}
                for one in message["sentences"]
            ]
            return _json({"verdicts": judged})
        lines = (f"{one['number']}: {self.line(one, message['language'])}" for one in message["claims"])
        return "\n".join(lines)

    def extract(self, comment: Mapping[str, Any]) -> list[dict[str, object]]:
        """The points of a comment, each with the quote as it stands in the text that was sent."""
        rows: list[dict[str, object]] = [
            {"comment": comment["number"], "quote": quote, "kind": point.kind, "theme": point.theme}
            for point in self.points_of(comment["text"])
            if (quote := quote_in(point.quote, comment["text"])) is not None
        ]
        nothing = {"comment": comment["number"], "quote": "", "kind": "nothing", "theme": "other"}
        return rows or [nothing]

    def says(self, row: Mapping[str, Any]) -> str:
        """The verdict on a quote, found in its own comment."""
        points = self.points_of(row["comment"])
        scored = [(fuzz.ratio(one.quote.casefold(), row["quote"].casefold()), one) for one in points]
        best = max(scored, key=lambda one: one[0], default=None)
        return _SAYS[best[1].kind] if best is not None and best[0] >= MIN_SAME_QUOTE / 2 else "neither"

    def line(self, claim: Mapping[str, Any], language: Locale) -> str:
        """The good sentence of the first quote; of a mixed claim the first of each kind, joined by "; "."""
        points = [point for quote in claim["quotes"] if (point := self.point_of(quote)) is not None]
        again = "refused" in claim
        if not points:
            return "Je deed mee met je groep." if language == "nl" else "You took part in your group."
        if claim["kind"] == "mixed":
            firsts = [next((one for one in points if one.kind == kind), None) for kind in _SAYS]
            both = [good(one, language, again=again) for one in firsts if one is not None]
            joined = "; ".join(part.rstrip(".!") for part in both) + "."
            if len(both) > 1 and len(joined.split()) <= MAX_MIXED_WORDS:
                return joined
        return good(points[0], language, again=again)

    def is_faithful(self, row: Mapping[str, Any], language: Locale) -> bool:
        """Whether the sentence is good for any of the quotes, or joins sentences that are."""
        points = (self.point_of(quote) for quote in row["quotes"])
        fine = {
            part
            for point in points
            if point is not None
            for one in _goods(point, language)
            for part in (_plain(one), *map(_plain, one.split(";")))
        }
        sentence = str(row["sentence"])
        return _plain(sentence) in fine or all(_plain(part) in fine for part in sentence.split(";"))

    def points_of(self, text: str) -> tuple[peernl.Point, ...]:
        """The gold points of a comment; none of one that is not in the gold."""
        found = self._gold.get(text)
        if found is None:
            near = process.extractOne(
                text, self._gold.keys(), scorer=fuzz.ratio, score_cutoff=MIN_SAME_COMMENT
            )
            found = self._gold[near[0]] if near is not None else None
        return found.points if found is not None else ()

    def point_of(self, quote: str) -> peernl.Point | None:
        """The gold point that a quote is of."""
        near = process.extractOne(
            quote.casefold(), self._quotes, scorer=fuzz.ratio, score_cutoff=MIN_SAME_QUOTE
        )
        return self._points[near[2]] if near is not None else None


def quote_in(quote: str, text: str) -> str | None:
    """The gold quote as it stands in a text from which names may have been taken; whole words."""
    found = literal(quote, text)
    if found is not None:
        return found
    place = fuzz.partial_ratio_alignment(quote, text, score_cutoff=55)
    if place is None:
        return None
    start, end = place.dest_start, place.dest_end
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end].strip() or None


def good(point: peernl.Point, language: Locale, *, again: bool) -> str:
    """An excellent sentence for a point; `again`: another one, where there is another."""
    goods = _goods(point, language)
    return goods[-1] if again else goods[0]


def answer(prompt: Prompt) -> str:
    """What the demo model says."""
    return _writer().answer(prompt)


@cache
def _writer() -> GoldWriter:
    return GoldWriter({comment.text: comment for comment in peernl.comments().values()})


def _goods(point: peernl.Point, language: Literal["nl", "en"]) -> Sequence[str]:
    return point.good.nl if language == "nl" else point.good.en


def _plain(text: str) -> str:
    return text.strip().casefold().rstrip(".!")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
