"""What the HTTP API takes and answers. Times are UTC; texts of pupils appear in no error."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Priority = Literal["high", "normal", "low"]
Retries = Annotated[int, Meta(ge=0, le=10, description="How often a failed attempt is repeated.")]


class QueueBody(msgspec.Struct, forbid_unknown_fields=True):
    """How to make one summary; everything may be left out."""

    priority: Priority = "normal"
    webhook_url: Annotated[str, Meta(max_length=2000)] | None = None
    max_retries: Retries = 3
    force: bool = False


class BatchBody(QueueBody, forbid_unknown_fields=True):
    """The same for many pupils; without `student_ids` everyone who received feedback."""

    student_ids: Annotated[list[int], Meta(max_length=10_000)] | None = None


class ResultOut(msgspec.Struct):
    """The text that a completed job made."""

    summary_text: str
    generation_method: str
    feedback_count: int


class JobOut(msgspec.Struct):
    """A job. `progress` is 0 to 100, rising within an attempt; `position` is 1 for the next in line.

    `held`: it is queued, but the school has paused its lane; there is no place in line and no time then.

    `webhook_delivered` is null for a job without a `webhook_url`, and true once that has accepted its end.
    """

    job_id: str
    status: str
    student_id: int
    evaluation_id: int
    priority: str
    queue: str
    progress: int
    stage: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    retry_count: int
    max_retries: int
    next_retry_at: datetime | None
    held: bool
    error_message: str | None
    webhook_delivered: bool | None
    position: int | None
    eta_seconds: int | None
    result: ResultOut | None


class BatchRow(msgspec.Struct, omit_defaults=True):
    """What became of one pupil of a batch: queued, already_queued, up_to_date, or failed with a reason."""

    student_id: int
    status: str
    job_id: str | None = None
    reason: str | None = None


class BatchOut(msgspec.Struct):
    """What became of a batch."""

    evaluation_id: int
    total_students: int
    queued: int
    already_queued: int
    up_to_date: int
    failed: int
    results: list[BatchRow]


class BatchMoved(msgspec.Struct):
    """How many jobs of an evaluation a call changed."""

    evaluation_id: int
    count: int


class JobPage(msgspec.Struct):
    """Jobs of an evaluation, newest first; `next_cursor` is null on the last page."""

    evaluation_id: int
    total: int
    jobs: list[JobOut]
    next_cursor: str | None


class SentenceOut(msgspec.Struct):
    """One sentence of a summary."""

    index: int
    kind: str
    text: str


class SummaryOut(msgspec.Struct):
    """A stored summary. `cached` is true when it was there already, false when this call waited for it."""

    student_id: int
    student_name: str
    summary_text: str
    generation_method: str
    feedback_count: int
    cached: bool
    sentences: list[SentenceOut]


class QuotesOut(msgspec.Struct):
    """Anonymised comments, in an order that tells nobody apart."""

    student_id: int
    quotes: list[str]


class StudentOut(msgspec.Struct):
    """One pupil of a class list. `summary_state`: none, fresh, stale, provisional."""

    student_id: int
    name: str
    feedback_count: int
    reviewer_count: int
    summary_state: str
    job: JobOut | None


class EvaluationOut(msgspec.Struct, omit_defaults=True):
    """An evaluation. `students` is there for those who run it."""

    evaluation_id: int
    title: str
    course: str
    state: str
    release: str
    min_reviewers: int
    show_quotes: str
    students: list[StudentOut] | None = None
