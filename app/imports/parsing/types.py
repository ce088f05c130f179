"""What one reading of a file understood: people, teams, criteria, entries and problems. Pure values."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.imports.parsing.names import Name
from app.imports.parsing.problems import Problem, Severity

Kind = Literal["peer", "self"]

SCORE_MIN, SCORE_MAX = 0, 100
"""The widest scale that is taken for a score: 1–5, 1–10 and percentages all fit."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person in the file. Entries and memberships refer to it by its place in `Understood.people`."""

    name: Name
    """All parts are empty when the file gives only an address or a number."""
    email: str = ""
    """In lower case, or empty."""
    number: str = ""
    """The school's own number, or empty."""
    source_id: str = ""
    """The id in the program that made the file. It tells people apart within this file and nowhere else."""
    class_name: str = ""
    row: int | None = None
    """Where the person was first seen."""

    @property
    def label(self) -> str:
        """Something to show: the name, or else whatever there is."""
        return self.name.full or self.email or self.number or self.source_id


@dataclass(frozen=True, slots=True)
class TeamMembership:
    """A person (index in `Understood.people`) in a team. Nobody is in two."""

    person: int
    team: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What one person gave another, or itself, on one criterion. At least one of score and comment is there.

    Unique by (reviewer, reviewee, criterion, kind), as in the database.
    """

    reviewer: int
    """Index in `Understood.people`; the same as `reviewee` exactly when `kind` is self."""
    reviewee: int
    criterion: str | None
    """One of `Understood.criteria`, or None."""
    score: Decimal | None
    """Between SCORE_MIN and SCORE_MAX, two decimals at the most."""
    comment: str | None
    """Never empty, no control characters, line breaks as \\n."""
    kind: Kind
    created_at: datetime | None
    """The school's local time when it has no time zone."""
    row: int


@dataclass(frozen=True, slots=True)
class EvaluationMeta:
    """What the file says of the evaluation itself; empty or None where it says nothing."""

    title: str = ""
    course: str = ""
    release: Literal["automatic", "reviewed"] | None = None
    min_reviewers: int | None = None
    show_quotes: Literal["none", "paraphrased", "verbatim"] | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """Everything that one reading found. Rows with an error are in `problems` and nowhere else."""

    format: str
    """The name of the format: long_csv, roster, own_json."""
    rows: int
    """Rows with anything in them, the header not counted; in JSON the people and the entries."""
    encoding: str = ""
    """utf-8, utf-16 or cp1252."""
    delimiter: str = ""
    """`;`, `,` or a tab; empty for JSON."""
    people: tuple[Person, ...] = ()
    teams: tuple[str, ...] = ()
    """In order of first appearance, as are the criteria."""
    memberships: tuple[TeamMembership, ...] = ()
    criteria: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    evaluation: EvaluationMeta = field(default_factory=EvaluationMeta)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that cost a row."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that cost no row."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)
