"""How far a summary is: its stages, where each begins on the bar, and who is told."""

from typing import Literal, Protocol

from app.text.types import Sentence

Stage = Literal["reading", "judging", "anonymising", "sorting", "writing", "checking"]

FROM: dict[Stage, int] = {
    "reading": 2,
    "judging": 40,
    "writing": 55,
    "checking": 75,
    "anonymising": 2,
    "sorting": 5,
}
"""Percent at which a stage begins. Sorting and writing move with the share of answers and of sentences that
are there; the end of the job, which is the storing of the summary, is the caller's to tell."""


class Reporter(Protocol):
    """Is told what happens while a summary is made; must not block."""

    def stage(self, stage: Stage, progress: int) -> None:
        """`progress` is in percent and never falls."""

    def sentence(self, sentence: Sentence) -> None:
        """A checked sentence, in its final place and form."""
