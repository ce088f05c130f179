"""The job's state machine: which states there are, what may follow what, and when to try again. Pure."""

from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """The same words in code, database, API, pages and metrics."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({State.QUEUED, State.PROCESSING})
TERMINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})

MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.PROCESSING, State.CANCELLED}),
    State.PROCESSING: frozenset(
        {State.QUEUED, State.COMPLETED, State.FAILED, State.CANCELLED},
    ),
    State.COMPLETED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""What may follow what. A retry by hand makes a new job: terminal states never change."""


class Outcome(StrEnum):
    """How an attempt ended; one entry of a job's history each."""

    COMPLETED = "completed"
    FAILED = "failed"
    RETRY = "retry"
    LEASE_LOST = "lease_lost"
    HANDED_BACK = "handed_back"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """What a running attempt is doing."""

    READING = "reading"
    ANONYMISING = "anonymising"
    SORTING = "sorting"
    WRITING = "writing"
    CHECKING = "checking"


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
"""The clean sentence that a reader gets for each cause; the log has the detail."""


def retry_delay(retry_count: int) -> timedelta:
    """The pause before retry number `retry_count` (1-based): exactly 2, 4, 8, 16 and then 30 minutes.

    Without jitter: the sweeper releases due jobs one lane at a time and the claim paces them.
    """
    return timedelta(minutes=min(2**retry_count, 30))


def attempts_are_spent(retry_count: int, max_retries: int) -> bool:
    """Whether a job that just failed (or lost its worker) must not be tried again."""
    return retry_count >= max_retries
