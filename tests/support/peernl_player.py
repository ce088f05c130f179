"""Models that are played from PeerNL: they answer the four calls of the contract from its gold.

perfect   gold points quoted from the text as sent, the first quote's good sentence, honest judges
lying     the gold points, but bad sentences; its judges are honest, or let everything through (`lying_judge`)
lazy      leaves criticism out
chatty    says the same as the perfect one, with preambles, a code fence and thinking around it
"""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rapidfuzz import fuzz

import peernl
from app.text.quotes import literal
from app.text.types import Method, Prompt

Character = Literal["perfect", "lying", "lazy", "chatty"]
MAX_MIXED_WORDS = 40


@dataclass
class Player:
    """One model for one student: it knows the gold of the comments that this student received."""

    gold: Mapping[str, peernl.Comment]
    """By the text as it is sent: anonymised and screened."""
    character: Character = "perfect"
    lying_judge: bool = False
    calls: list[str] = field(default_factory=list)
    """The titles of the calls that were made."""
    generated: int = 0
    """Characters of all answers."""

    name: str = "played"
    method: Method = Method.AI
    context_chars: int = 12_000

    async def complete(self, prompt: Prompt) -> str:
        """The whole answer."""
        return self.answer(prompt)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The answer in pieces of 24 characters."""
        said = self.answer(prompt)
        for at in range(0, len(said), 24):
            yield said[at : at + 24]

    async def reachable(self) -> bool:
        """Always."""
        return True

    def answer(self, prompt: Prompt) -> str:
        """What this model says to a request of the contract."""
        message = json.loads(prompt.user)
        title = str((prompt.schema or {}).get("title", "write"))
        self.calls.append(title)
        said: str = {
            "extract": self._extract,
            "judge_points": self._judge_points,
            "write": self._write,
            "judge_sentences": self._judge_sentences,
        }[title](message)
        if self.character == "chatty":
            said = _chatty(said, title)
        self.generated += len(said)
        return said

    def _extract(self, message: dict[str, Any]) -> str:
        rows: list[dict[str, object]] = []
        for comment in message["comments"]:
            points = [
                (point, quote)
                for point in self._points(comment["text"])
                if (quote := best_quote(point.quote, comment["text"])) is not None
                and not (self.character == "lazy" and point.kind == "growth")
            ]
            rows += [
                {"comment": comment["number"], "quote": quote, "kind": point.kind, "theme": point.theme}
                for point, quote in points
            ]
            if not points:
                rows.append({"comment": comment["number"], "quote": "", "kind": "nothing", "theme": "other"})
        return json.dumps({"points": rows}, ensure_ascii=False)

    def _judge_points(self, message: dict[str, Any]) -> str:
        says = {"strength": "praise", "growth": "wish"}
        verdicts = []
        for row in message["points"]:
            point = self._of_quote(row["quote"], self._points(row["comment"]))
            verdicts.append({"number": row["number"], "says": says[point.kind] if point else "neither"})
        return json.dumps({"verdicts": verdicts})

    def _write(self, message: dict[str, Any]) -> str:
        lines = []
        for row in message["claims"]:
            text = self._line(row, message["language"], again="refused" in row)
            lines.append(f"{row['number']}: {text}")
        return "\n".join(lines)

    def _line(self, row: dict[str, Any], language: Literal["nl", "en"], *, again: bool) -> str:
        points = [point for quote in row["quotes"] if (point := self._of_quote(quote)) is not None]
        if self.character == "lying":
            bad = [one.text for point in points for one in point.bad]
            return bad[min(len(bad) - 1, int(again))] if bad else "Je bent de beste."
        goods = [_good(point, language, again=again) for point in points]
        if row["kind"] == "mixed":
            both = [
                next(g for p, g in zip(points, goods, strict=True) if p.kind == kind)
                for kind in ("strength", "growth")
                if any(p.kind == kind for p in points)
            ]
            joined = (
                f"{both[0].rstrip('.!')}; {both[-1][:1].lower()}{both[-1][1:]}" if len(both) > 1 else both[0]
            )
            if len(joined.split()) <= MAX_MIXED_WORDS:
                return joined
        return goods[0] if goods else "Je deed mee met je groep."

    def _judge_sentences(self, message: dict[str, Any]) -> str:
        verdicts = []
        for row in message["sentences"]:
            goods = self._goods(row["quotes"], message["language"])
            parts = [part.strip().casefold().rstrip(".!") for part in row["sentence"].split(";")]
            fine = all(part in goods for part in parts) or row["sentence"].casefold().rstrip(".!") in goods
            verdicts.append({"number": row["number"], "faithful": fine or self.lying_judge})
        return json.dumps({"verdicts": verdicts})

    def _goods(self, quotes: Sequence[str], language: Literal["nl", "en"]) -> set[str]:
        points = [point for quote in quotes if (point := self._of_quote(quote)) is not None]
        found: set[str] = set()
        for point in points:
            for good in getattr(point.good, language):
                whole = good.casefold().rstrip(".!")
                found |= {whole, *(part.strip() for part in whole.split(";"))}
        return found

    def _points(self, text: str) -> tuple[peernl.Point, ...]:
        comment = (
            self.gold.get(text)
            or max(self.gold.items(), key=lambda item: fuzz.ratio(item[0], text), default=("", None))[1]
        )
        return comment.points if comment is not None else ()

    def _of_quote(self, quote: str, among: Sequence[peernl.Point] | None = None) -> peernl.Point | None:
        points = among if among is not None else [p for c in self.gold.values() for p in c.points]
        scored = [(fuzz.ratio(point.quote.casefold(), quote.casefold()), point) for point in points]
        best = max(scored, key=lambda one: one[0], default=None)
        return best[1] if best is not None and best[0] >= 50 else None


def best_quote(quote: str, text: str) -> str | None:
    """The gold quote as it stands in the text that was sent, from which names may have been taken."""
    found = literal(quote, text)
    if found is not None:
        return found
    alignment = fuzz.partial_ratio_alignment(quote, text, score_cutoff=55)
    if alignment is None:
        return None
    start, end = alignment.dest_start, alignment.dest_end
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end].strip() or None


def _good(point: peernl.Point, language: Literal["nl", "en"], *, again: bool) -> str:
    goods = getattr(point.good, language)
    return str(goods[-1] if again else goods[0])


def _chatty(said: str, title: str) -> str:
    thinking = 'Okay, let me think about this. 1: first I read. {"number": 1}</think>\n'
    if title == "write":
        return f"{thinking}Natuurlijk! Hier zijn de zinnen:\n\n{said}\n\nIk hoop dat dit helpt."
    return f"{thinking}Hier is de JSON:\n```json\n{said}\n```\n"
