"""What the templates of one student in an evaluation are given."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from web.pages.shared.view import EvaluationHead, JobView, StudentPhase

KINDS = ("note", "strength", "growth", "mixed", "tip")
"""The kinds of sentences, in the order in which they are read."""


@dataclass(frozen=True, slots=True)
class SentenceView:
    """One checked sentence. `sources` are the numbers of the comments that it rests on (teachers only)."""

    index: int
    kind: str
    text: str
    sources: tuple[int, ...] = ()

    @property
    def shown(self) -> str:
        """The text under the heading of its kind. A tip loses its label, or "Tip" would stand there twice."""
        label, _, rest = self.text.partition(": ")
        if self.kind == "tip" and label.casefold() == "tip" and rest:
            return rest[0].upper() + rest[1:]
        return self.text


@dataclass(frozen=True, slots=True)
class SummaryView:
    """A summary, stored or being written. `method` is None while it is being written."""

    version: str
    method: str | None
    sentences: tuple[SentenceView, ...]
    comments_used: int = 0
    comments_total: int = 0
    provisional: bool = False
    stale: bool = False
    edited: bool = False
    made_at: datetime | None = None

    @property
    def sections(self) -> Iterator[tuple[str, list[SentenceView]]]:
        """Every kind with its sentences, in reading order. A kind without sentences is there too."""
        for kind in KINDS:
            yield kind, [sentence for sentence in self.sentences if sentence.kind == kind]


@dataclass(frozen=True, slots=True)
class StudentPage:
    """A student's own page. `phase` decides which of its forms the template shows."""

    evaluation: EvaluationHead
    student_id: int
    phase: StudentPhase
    job: JobView | None = None
    summary: SummaryView | None = None
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class SourceView:
    """A comment as its teacher sees it. `author` is set only after the logged click."""

    number: int
    text: str
    criterion: str = ""
    kind: str = "peer"
    flag: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A student's summary beside its sources, for the teacher.

    `state` is draft, approved or released, and None without a summary. `refused` counts the sentences that
    the checks refused.
    """

    evaluation: EvaluationHead
    student_id: int
    name: str
    state: str | None
    job: JobView | None
    summary: SummaryView | None
    sources: tuple[SourceView, ...]
    refused: int = 0
    disputed_at: datetime | None = None
    revealed: bool = False
    hold_reasons: tuple[str, ...] = ()
    """Why nobody but staff reads the text before a teacher has looked."""
    newer: tuple[str, ...] = ()
    """The sentences of a newer text that waits for a choice."""
