"""What the templates of schedules are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from web.pages.shared.view import FormProblem

NIGHTLY = "nightly"
WEEKLY = "weekly"
OWN = "own"

RHYTHMS: Mapping[str, str] = {NIGHTLY: "0 2 * * *", WEEKLY: "0 2 * * 0"}
"""The expressions that a form offers by name; OWN is any other."""


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """What is filled in, as text, right or wrong. An empty time zone is the school's.

    The code of a problem with the expression is that of app.scheduling.cron.CronFault.
    """

    name: str = ""
    evaluation_id: str = ""
    rhythm: str = NIGHTLY
    expression: str = ""
    timezone: str = ""
    problem: FormProblem | None = None

    @property
    def cron_expression(self) -> str:
        """The expression that the choice stands for."""
        return RHYTHMS.get(self.rhythm, self.expression)


@dataclass(frozen=True, slots=True)
class Choice:
    """An evaluation to choose."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class ScheduleItem:
    """A schedule in the list. `words` is its expression, `zone` the time zone that it is meant in."""

    id: int
    name: str
    words: str
    zone: str
    enabled: bool
    evaluation_id: int | None = None
    title: str = ""
    next_run_at: datetime | None = None
    last_run_at: datetime | None = None
    result: str | None = None
    """A code of app.scheduling.tick.RESULTS; None before the first run."""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunItem:
    """One run."""

    due_at: datetime
    by_hand: bool
    result: str
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SchedulesPage:
    """The list, and the evaluations that a new one can be for."""

    items: tuple[ScheduleItem, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """One schedule. `pupils` is how many it is limited to; None for everyone."""

    item: ScheduleItem
    choices: tuple[Choice, ...]
    next_runs: tuple[datetime, ...] = ()
    runs: tuple[RunItem, ...] = ()
    students: int | None = None
