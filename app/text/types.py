"""The words of this module: comment, claim, sentence, flag, draft. Pure values, no behaviour."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from app.core.locale import Locale


class Kind(StrEnum):
    """What a claim or a sentence says of the pupil's behaviour."""

    STRENGTH = "strength"
    GROWTH = "growth"
    MIXED = "mixed"
    """The comments contradict each other on this point; shown as differing, never averaged."""
    TIP = "tip"
    NOTE = "note"
    """Says something of the feedback, nothing of the pupil ("there is too little yet")."""


Origin = Literal["model", "theme", "bank", "code", "teacher"]
"""Who wrote a sentence: the model, a theme line, the bank of tips, the basic text, or a teacher."""


class Method(StrEnum):
    """How a stored summary came about; the same words in database, API and pages."""

    AI = "ai"
    FALLBACK = "fallback"
    EMPTY = "empty"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class RosterName:
    """One person whose name must not appear in a text."""

    given: str
    family: str = ""
    infix: str = ""
    aliases: tuple[str, ...] = ()
    email: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment about the pupil. `reviewer` only tells people apart; it never reaches a prompt."""

    number: int
    """1-based; the only thing by which prompts and claims refer to it."""
    text: str
    reviewer: int
    criterion: str = ""
    kind: Literal["peer", "self"] = "peer"


@dataclass(frozen=True, slots=True)
class Statement:
    """One point about the pupil that rests on the comments it names."""

    kind: Kind
    text: str
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that the pupil may read. Only a tip or a note may have no sources."""

    index: int
    kind: Kind
    text: str
    sources: tuple[int, ...] = ()
    origin: Origin = "model"
    quotes: tuple[str, ...] = ()
    """The literal parts of the comments that it rests on; never shown to the student."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A comment that a teacher should look at; its content never enters a summary."""

    comment: int
    reason: Literal["insult", "threat", "health", "religion", "injection", "other"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a claim or a sentence was refused: a stable code for counting, nothing of the text."""

    code: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to a model."""

    system: str
    user: str
    version: str
    schema: dict[str, object] | None = None
    """JSON schema that the answer must have, or None for plain text."""
    numbers: tuple[int, ...] = ()
    """The comments that stand in it, for a sort prompt; an answer may rest on no other."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a summary is made of, read and anonymised before any model is called."""

    locale: Locale
    comments: tuple[Comment, ...]
    roster: tuple[RosterName, ...]
    min_reviewers: int = 2


@dataclass(frozen=True, slots=True)
class Draft:
    """A finished summary, not yet stored."""

    method: Method
    locale: Locale
    sentences: tuple[Sentence, ...]
    comments_used: int
    comments_total: int
    prompt_version: str = ""
    model: str = ""
    flags: tuple[Flag, ...] = ()
    checks: dict[str, int] = field(default_factory=dict)
    """How often each check struck, by rejection code; shown to teachers and in metrics."""

    @property
    def text(self) -> str:
        """The sentences as one paragraph."""
        return " ".join(sentence.text for sentence in self.sentences)
