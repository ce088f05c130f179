"""What the templates of schedules are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from web.pages.shared.view import FormProblem

NIGHTLY = "nightly"
WEEKLY = "weekly"
OWN = "own"

RHYTHMS: Mapping[str, str] = {NIGHTLY: "0 2 * * *", WEEKLY: "0 2 * * 0"}
"""The cron expressions that the form offers by name. OWN is any other."""


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """The fields of the form, as text and unchecked. An empty time zone means that of the school.

    For a problem with the expression the code is that of app.scheduling.cron.CronFault.
    """

    name: str = ""
    evaluation_id: str = ""
    rhythm: str = NIGHTLY
    expression: str = ""
    timezone: str = ""
    problem: FormProblem | None = None

    @property
    def cron_expression(self) -> str:
        """The cron expression of the chosen rhythm."""
        return RHYTHMS.get(self.rhythm, self.expression)


@dataclass(frozen=True, slots=True)
class Choice:
    """An evaluation in the list of the form."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class ScheduleItem:
    """A schedule. `description` is its expression in words, which is meant in the time zone `zone`.

    `result` is a code of app.scheduling.tick.RESULTS; None before the first run.
    """

    id: int
    name: str
    description: str
    zone: str
    enabled: bool
    evaluation_id: int | None = None
    title: str = ""
    next_run_at: datetime | None = None
    last_run_at: datetime | None = None
    result: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunItem:
    """One run. `by_hand`: a user started it."""

    due_at: datetime
    by_hand: bool
    result: str
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SchedulesPage:
    """The list, and the evaluations that a new schedule can be for."""

    items: tuple[ScheduleItem, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """One schedule. `students` is the number of students that it is limited to; None for everyone."""

    item: ScheduleItem
    choices: tuple[Choice, ...]
    next_runs: tuple[datetime, ...] = ()
    runs: tuple[RunItem, ...] = ()
    students: int | None = None
