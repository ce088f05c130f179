"""The job's state machine: states, what may follow what, and when a failed attempt is tried again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum


class State(StrEnum):
    """What the column `state` holds: the same words in code, database, API, pages and metrics."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = frozenset({State.QUEUED, State.PROCESSING})
TERMINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})


class Status(StrEnum):
    """The effective status: the state, with `queued` divided by what a job waits for.

    The values are wire names: filters, addresses and templates use them.
    """

    WAITING = "queued"
    PAUSED = "held"
    RETRYING = "retrying"
    RUNNING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def state(self) -> State:
        """The state of a job with this status."""
        return CONDITIONS[self].state


@dataclass(frozen=True, slots=True)
class Condition:
    """What a job's columns hold. `retry_pending`: `next_retry_at` is set; `paused`: `held`. None: either."""

    state: State
    retry_pending: bool | None = None
    paused: bool | None = None

    def holds(self, state: str, paused: bool, next_retry_at: datetime | None) -> bool:
        """Whether these values meet it."""
        return (
            state == self.state
            and self.retry_pending in (None, next_retry_at is not None)
            and self.paused in (None, paused)
        )

    def sql(self, table: str) -> str:
        """The same as an SQL condition on the columns of `table`; an empty name leaves them bare."""
        prefix = f"{table}." if table else ""
        parts = [f"{prefix}state = '{self.state}'"]
        if self.retry_pending is not None:
            parts.append(f"{prefix}next_retry_at IS {'NOT ' if self.retry_pending else ''}NULL")
        if self.paused is not None:
            parts.append(f"{'' if self.paused else 'NOT '}{prefix}held")
        return " AND ".join(parts)


CONDITIONS: Mapping[Status, Condition] = {
    Status.WAITING: Condition(State.QUEUED, retry_pending=False, paused=False),
    Status.PAUSED: Condition(State.QUEUED, paused=True),
    Status.RETRYING: Condition(State.QUEUED, retry_pending=True, paused=False),
    Status.RUNNING: Condition(State.PROCESSING),
    Status.COMPLETED: Condition(State.COMPLETED),
    Status.FAILED: Condition(State.FAILED),
    Status.CANCELLED: Condition(State.CANCELLED),
}
"""The one definition of the effective status. Exactly one condition holds for every job."""


def effective_status(state: str, *, paused: bool, next_retry_at: datetime | None) -> Status:
    """The effective status of a job with these values."""
    return next(status for status, one in CONDITIONS.items() if one.holds(state, paused, next_retry_at))


def status_sql(status: Status, table: str = "job") -> str:
    """An SQL condition that holds for jobs with this effective status; `table` names the job table in it."""
    return CONDITIONS[status].sql(table)


WAITING, PAUSED, RETRYING, RUNNING = Status.WAITING, Status.PAUSED, Status.RETRYING, Status.RUNNING


class Move(Enum):
    """Every change of a job that the SQL of this module makes: why, from which statuses, to which.

    The statements of app/jobs/sql take their states from here, so one that is not listed cannot be built.
    A job that goes back in line is paused at once if its school has paused the lane. Nothing leaves a
    terminal state: a retry by hand makes a new job. docs/job-states.md is the picture.
    """

    ENQUEUE = "asked for", (), (WAITING, PAUSED)
    CLAIM = "claimed by a worker", (WAITING,), (RUNNING,)
    COMPLETE = "done", (RUNNING,), (Status.COMPLETED,)
    FAIL = "failed for good", (RUNNING,), (Status.FAILED,)
    RETRY = "failed, tried again later", (RUNNING,), (RETRYING, PAUSED)
    HAND_BACK = "handed back", (RUNNING,), (WAITING, PAUSED)
    LOSE_LEASE = "worker lost", (RUNNING,), (WAITING, PAUSED)
    LOSE_LAST_LEASE = "worker lost at the last attempt", (RUNNING,), (Status.FAILED,)
    RETRY_DUE = "retry due", (RETRYING, PAUSED), (WAITING, PAUSED)
    PAUSE = "lane paused", (WAITING, RETRYING), (PAUSED,)
    RESUME = "lane resumed", (PAUSED,), (WAITING, RETRYING)
    CANCEL = "cancelled", (WAITING, PAUSED, RETRYING, RUNNING), (Status.CANCELLED,)

    def __init__(self, label: str, sources: tuple[Status, ...], targets: tuple[Status, ...]) -> None:
        self.label = label
        self.sources = sources
        self.targets = targets

    @property
    def source_states(self) -> tuple[State, ...]:
        """The states that it may start from, each once."""
        return tuple(dict.fromkeys(status.state for status in self.sources))

    @property
    def target_state(self) -> State:
        """The one state that it leads to. Raises ValueError if there are several."""
        (state,) = {status.state for status in self.targets}
        return state


class Outcome(StrEnum):
    """How an attempt ended; one entry of a job's history each."""

    COMPLETED = "completed"
    FAILED = "failed"
    RETRY = "retry"
    LEASE_LOST = "lease_lost"
    HANDED_BACK = "handed_back"
    CANCELLED = "cancelled"


FIRST_STAGE = "reading"
"""The stage that every attempt begins with. Later ones are words of the task, of at most 16 letters."""

ERRORS = {
    "model_unreachable": "The language model cannot be reached; nothing is lost.",
    "model_slow": "The language model took too long to answer.",
    "model_busy": "The language model is busy.",
    "model_answer": "The language model gave an answer that could not be used.",
    "model_setup": "The language model is not set up correctly; ask the administrator.",
    "worker_lost": "The process that worked on this stopped unexpectedly.",
    "pupil_gone": "This pupil no longer takes part in the evaluation.",
    "internal": "Something went wrong on our side; it was logged.",
}
"""The sentence that a reader gets for each cause of a failure; the log has the detail."""


def retry_delay(retry_count: int) -> timedelta:
    """The pause before retry number `retry_count` (1-based): exactly 2, 4, 8, 16 and then 30 minutes.

    Without jitter: the sweeper releases due jobs one lane at a time and the claim paces them.
    """
    return timedelta(minutes=min(2**retry_count, 30))


def attempts_are_spent(retry_count: int, max_retries: int) -> bool:
    """Whether a job that just failed (or lost its worker) must not be tried again."""
    return retry_count >= max_retries
