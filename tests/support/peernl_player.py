"""Models that are played from PeerNL: they answer the four calls of the contract from its gold.

perfect   gold points quoted from the text as sent, the first quote's good sentence, honest judges
lying     the gold points, but bad sentences; its judges are honest, or let everything through (`lying_judge`)
lazy      leaves criticism out
chatty    says the same as the perfect one, with preambles, a code fence and thinking around it
"""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Literal

import peernl
from app.core.locale import Locale
from app.embedded.demo_writer import GoldWriter
from app.text.types import Method, Prompt

Character = Literal["perfect", "lying", "lazy", "chatty"]


class Player(GoldWriter):
    """One model for one student; `gold` holds the comments that came in, by the text as sent."""

    method = Method.AI
    context_chars = 12_000

    def __init__(
        self,
        gold: Mapping[str, peernl.Comment],
        character: Character = "perfect",
        *,
        lying_judge: bool = False,
    ) -> None:
        super().__init__(gold)
        self.name = f"played: {character}"
        self.calls: list[str] = []
        """The titles of the calls that were made."""
        self.generated = 0
        """Characters of all answers."""
        self._character = character
        self._lying_judge = lying_judge

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
        step = str((prompt.schema or {}).get("title", "write"))
        self.calls.append(step)
        said = super().answer(prompt)
        if self._character == "chatty":
            said = _chatty(said, step)
        self.generated += len(said)
        return said

    def extract(self, comment: Mapping[str, Any]) -> list[dict[str, object]]:
        """A lazy model sees no criticism."""
        rows = super().extract(comment)
        if self._character != "lazy":
            return rows
        praise = [row for row in rows if row["kind"] != "growth"]
        nothing = {"comment": comment["number"], "quote": "", "kind": "nothing", "theme": "other"}
        return praise or [nothing]

    def line(self, claim: Mapping[str, Any], language: Locale) -> str:
        """A lying model says what must not be said."""
        points = [point for quote in claim["quotes"] if (point := self.point_of(quote)) is not None]
        bad = [one.text for point in points for one in point.bad]
        if self._character != "lying" or not bad:
            return super().line(claim, language)
        return bad[min(len(bad) - 1, int("refused" in claim))]

    def is_faithful(self, row: Mapping[str, Any], language: Locale) -> bool:
        """A lying judge says yes to everything."""
        return self._lying_judge or super().is_faithful(row, language)


def _chatty(said: str, step: str) -> str:
    thinking = 'Okay, let me think about this. 1: first I read. {"number": 1}</think>\n'
    if step == "write":
        return f"{thinking}Natuurlijk! Hier zijn de zinnen:\n\n{said}\n\nIk hoop dat dit helpt."
    return f"{thinking}Hier is de JSON:\n```json\n{said}\n```\n"
