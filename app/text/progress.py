"""How far a text is: its stages, where each begins on the bar, and who shows them."""

from typing import Literal, Protocol

from app.text.types import Sentence

Stage = Literal["reading", "judging", "writing", "checking"]

FROM: dict[Stage, int] = {"reading": 2, "judging": 40, "writing": 55, "checking": 75}
"""Percent at which a stage begins. Checking moves with the share of verdicts that are there; the end of the
job, when the text is stored, is the caller's to publish."""


class Reporter(Protocol):
    """Is told what happens while a summary is made; must not block."""

    def stage(self, stage: Stage, progress: int) -> None:
        """`progress` is in percent and never falls."""

    def sentence(self, sentence: Sentence) -> None:
        """A checked sentence, in its final place and form."""
