"""What this module gives to others: frozen rows that belong to no session."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from app.core.locale import Locale

Kind = Literal["peer", "self"]


class PersonRow(msgspec.Struct, frozen=True, array_like=True):
    """All names, addresses and numbers of a person, for the anonymiser and for lists."""

    user_id: int
    given_name: str
    infix: str
    family_name: str
    aliases: tuple[str, ...]
    email: str | None
    number: str | None

    @property
    def name(self) -> str:
        """The whole name, given name first."""
        return full_name(self.given_name, self.infix, self.family_name)


class CommentRow(msgspec.Struct, frozen=True, array_like=True):
    """One comment as it was written. `criterion` is empty when it was given on the whole."""

    entry_id: int
    text: str
    reviewer_id: int
    criterion: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class EvaluationFacts:
    """An evaluation and its policy, as the row has them."""

    id: int
    school_id: int
    title: str
    course: str
    state: str
    release: str
    min_reviewers: int
    show_quotes: str


@dataclass(frozen=True, slots=True)
class StudentFacts:
    """A student in an evaluation, with the stored counts and the revision of what was written."""

    student_id: int
    given_name: str
    infix: str
    family_name: str
    revision: int
    feedback_count: int
    reviewer_count: int

    @property
    def name(self) -> str:
        """The whole name, given name first."""
        return full_name(self.given_name, self.infix, self.family_name)


def full_name(given_name: str, infix: str, family_name: str) -> str:
    """The whole name, given name first, without the parts that are empty."""
    return " ".join(part for part in (given_name, infix, family_name) if part)


@dataclass(frozen=True, slots=True)
class MaterialRows:
    """What a student's summary is made of, all read by one statement."""

    comments: tuple[CommentRow, ...]
    roster: tuple[PersonRow, ...]
    """The students and teachers of the evaluation, and everyone else who wrote in it."""
    locale: Locale
    min_reviewers: int
    revision: int


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """A student in an evaluation, for a list of all students."""

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
        """The whole name, given name first."""
        return full_name(self.given_name, self.infix, self.family_name)


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """An evaluation in a list. The counts are None for students, who see only their own part."""

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
class EvaluationDetails:
    """What belongs to an evaluation besides its list of students."""

    teachers: tuple[PersonRow, ...]
    criteria: tuple[str, ...]
    teams: tuple[str, ...]
    student_count: int
    with_feedback_count: int


@dataclass(frozen=True, slots=True)
class ReviewerName:
    """Who wrote a comment. Whoever reads it leaves an audit event."""

    entry_id: int
    reviewer_id: int
    name: str
