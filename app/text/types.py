"""The words of this module: comment, claim, sentence, flag, draft. Pure values, no behaviour."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from app.core.locale import Locale

FlagReason = Literal[
    "self_harm",
    "threat",
    "home",
    "sexual",
    "bullying",
    "accusation_serious",
    "insult",
    "health",
    "religion",
    "ethnicity",
    "sexuality",
    "injection",
    "phishing",
]
"""Why a teacher should look at a comment, in the order of the teacher's list."""


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


LeftOutReason = Literal[
    "not_quoted", "said_twice", "forgotten", "nothing", "unsafe", "disagreed", "no_room", "refused"
]
"""Why something of a comment is not in the text. `not_quoted`: the quote does not stand in the comment.
`forgotten`: the model named the comment in neither of two tries. `disagreed`: the two readings differ.
`no_room`: six other statements have more people, or the text is long enough. `refused`: its sentence failed
twice, and its theme has no line."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of a comment that did not reach the text, for the teacher; `quote` may be empty."""

    comment: int
    reason: LeftOutReason
    quote: str = ""


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
    reason: FlagReason


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to a model."""

    system: str
    user: str
    version: str
    schema: dict[str, object] | None = None
    """JSON schema that the answer must have, or None for plain text."""


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
    """How often each check struck, by its code; shown to teachers and in metrics."""
    provisional: bool = False
    """The basic text stands in: the model still owes a text."""
    held_for: tuple[FlagReason, ...] = ()
    """Why nobody but staff may read it before a teacher has looked."""
    attention: tuple[str, ...] = ()
    """Why a teacher should look (app.text.summarise.Attention)."""
    left_out: tuple[LeftOut, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    """Lines that were refused, each with the reason; for teachers of the evaluation only."""

    @property
    def text(self) -> str:
        """The sentences as one paragraph."""
        return " ".join(sentence.text for sentence in self.sentences)
