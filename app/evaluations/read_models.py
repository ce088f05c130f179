"""What this module hands to others: frozen rows, free of the session they were read in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from app.core.locale import Locale

Kind = Literal["peer", "self"]


class PersonRow(msgspec.Struct, frozen=True, array_like=True):
    """Everything that a person is called, for the anonymiser and for lists."""

    user_id: int
    given_name: str
    infix: str
    family_name: str
    aliases: tuple[str, ...]
    email: str | None
    number: str | None

    @property
    def name(self) -> str:
        """The name as one reads it aloud."""
        return " ".join(part for part in (self.given_name, self.infix, self.family_name) if part)


class CommentRow(msgspec.Struct, frozen=True, array_like=True):
    """One comment as it was written. `criterion` is empty when it was given on the whole."""

    entry_id: int
    text: str
    reviewer_id: int
    criterion: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class MaterialRows:
    """What a pupil's summary is made of, all as it was at one moment."""

    comments: tuple[CommentRow, ...]
    roster: tuple[PersonRow, ...]
    """Pupils and teachers of the evaluation, and whoever else wrote in it; the pupil included."""
    locale: Locale
    min_reviewers: int
    revision: int


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """A pupil in an evaluation, for the class list."""

    student_id: int
    given_name: str
    infix: str
    family_name: str
    number: str | None
    class_name: str | None
    team: str | None
    feedback_count: int
    reviewer_count: int
    revision: int

    @property
    def name(self) -> str:
        """The name as one reads it aloud."""
        return " ".join(part for part in (self.given_name, self.infix, self.family_name) if part)


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """An evaluation in a list. The counts are None for pupils, who see only their own part."""

    evaluation_id: int
    title: str
    course: str
    state: str
    release: str
    created_at: datetime
    student_count: int | None
    with_feedback_count: int | None


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """A page of evaluations, newest first; `next_cursor` is None on the last."""

    evaluations: tuple[EvaluationRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class EvaluationFacts:
    """What the page of an evaluation says beside its list of pupils."""

    teachers: tuple[PersonRow, ...]
    criteria: tuple[str, ...]
    teams: tuple[str, ...]
    student_count: int
    with_feedback_count: int


@dataclass(frozen=True, slots=True)
class ReviewerName:
    """Who wrote a comment; given out only against an audit event."""

    entry_id: int
    reviewer_id: int
    name: str
