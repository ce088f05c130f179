"""What the tests of generating share: comments as material, a reporter that remembers, scripted sorting."""

import json
from collections.abc import Mapping, Sequence

from app.core.locale import Locale
from app.text.progress import Stage
from app.text.types import Comment, Draft, Material, RosterName, Sentence
from tests.support.model_scripts import Script, reply

ROSTER = (RosterName("Sanne", "Bakker"), RosterName("Youssef", "Amrani", infix="el"))
GOOD = (
    "Je luistert goed naar anderen.",
    "Sanne helpt iedereen goed met het werk!",
    "Was vaak te laat met inleveren.",
    "Komt met goede ideeën.",
)


def material(*texts: str, locale: Locale = "nl", min_reviewers: int = 2) -> Material:
    """Each comment is someone else's."""
    comments = tuple(Comment(number, text, reviewer=number) for number, text in enumerate(texts, 1))
    return Material(locale, comments, ROSTER, min_reviewers)


def sorted_as(statements: Mapping[str, tuple[str, str]], texts: Sequence[str]) -> Script:
    """The model sorts some of the comments `texts` into one claim each, (kind, text), and the others well."""
    answers = {}
    for text, (kind, said) in statements.items():
        statement = {"kind": kind, "text": said, "sources": [texts.index(text) + 1]}
        answers[text] = json.dumps({"claims": [statement]}, ensure_ascii=False)
    return reply(answers)


class Heard:
    """A reporter that keeps what it is told, and holds it to the promises of `Reporter`."""

    def __init__(self) -> None:
        self.progress = [0]
        self.stages: list[Stage] = []
        self.sentences: list[Sentence] = []

    def stage(self, stage: Stage, progress: int) -> None:
        assert self.progress[-1] <= progress < 100, "progress fell"
        self.progress.append(progress)
        if self.stages[-1:] != [stage]:
            self.stages.append(stage)

    def sentence(self, sentence: Sentence) -> None:
        assert sentence.index == len(self.sentences), "a sentence out of its order"
        self.sentences.append(sentence)

    def is_what_was_stored(self, draft: Draft) -> bool:
        """Whether what was shown live is the summary, sentence by sentence."""
        return tuple(self.sentences) == draft.sentences
