"""Tables of jobs, of worker processes, and of where each school has come in the fair order."""

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId, CreatedAt
from app.jobs.states import UNFINISHED, State, Status, effective_status, status_sql
from app.tasks import SUMMARY

WAITING = status_sql(Status.WAITING, "")
"""A queued job that may be claimed now. One that waits for its retry has `next_retry_at`, which the sweeper
clears at that time; one whose school has paused its lane is `held` until the lane is resumed. So the claim's
index holds nothing that cannot be claimed."""

NOT_ENDED = "completed_at IS NULL"
"""A job that waits or runs."""

NOT_ENDED_OF_EVALUATION = f"{NOT_ENDED} AND evaluation_id IS NOT NULL"
NOT_ENDED_OF_SCHOOL = f"{NOT_ENDED} AND school_id IS NOT NULL"
"""Conditions that follow from no search by key. If PostgreSQL knows of no unfinished jobs, it would else read
these whole indexes for one key."""

SUMMARY_SUBJECT = (
    "task <> 'summary' OR (school_id IS NOT NULL AND evaluation_id IS NOT NULL AND student_id IS NOT NULL"
    " AND subject_key = CAST(evaluation_id AS text) || ':' || CAST(student_id AS text))"
)
"""A summary is one student's of one evaluation, and its key says so. Other tasks need such a rule too."""


class StudentRef(NamedTuple):
    """The student whose summary a job makes."""

    school_id: int
    evaluation_id: int
    student_id: int


class Job(Base):
    """Work to be done by a worker. What it is doing is what `state` says, in database time.

    `task` is its kind (app/tasks.py) and `subject_key` says in that task's words what it is about: of two
    unfinished jobs of a task no two have the same. School, evaluation and student are set where a task is
    about them. `lane` is an index into settings.LANES, `rank` the fair order within it. `attempt` counts
    claims (a hand-back takes one off), `retry_count` those that failed or lost their lease. `seq` rises
    with every change. `draft` holds the checked sentences of the running attempt for readers who open the
    page later; `history` has one entry per ended attempt: {attempt, worker, started_at, ended_at, outcome,
    cause}. `waiting_since` is when it came in line: at first, when a retry was due, or when its lane was
    resumed.
    """

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    task: Mapped[str] = mapped_column(String(20))
    subject_key: Mapped[str] = mapped_column(String(100))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    evaluation_id: Mapped[int | None] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    lane: Mapped[int] = mapped_column(SmallInteger)
    rank: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), server_default="queued")
    held: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    waiting_since: Mapped[CreatedAt]
    stage: Mapped[str | None] = mapped_column(String(16))
    progress: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    retry_count: Mapped[int] = mapped_column(Integer, server_default="0")
    max_retries: Mapped[int] = mapped_column(SmallInteger, server_default="3")
    losses: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How many workers were lost with it; app/jobs/quarantine.py says what follows."""
    force: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    next_retry_at: Mapped[datetime | None]
    lease_token: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(String(100))
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(String(300))
    seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    draft: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    history: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    webhook_url: Mapped[str | None] = mapped_column(String(2000))
    request_id: Mapped[str | None] = mapped_column(String(64))
    """Of the request that asked for it: a wake-up cannot carry it, for the worker claims another job."""
    waiting: Mapped[bool] = mapped_column(Computed(WAITING, persisted=True))
    """So that the claim can use one index only. If nothing waited when PostgreSQL last looked at the table,
    it takes any index of unfinished jobs for as good as another, and sorts what it finds there: with 3,000
    waiting each claim took 7 ms. So the conditions of the other indexes follow neither from this column nor
    from the state that guards a change of a job."""

    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'processing', 'completed', 'failed', 'cancelled')", name="state"
        ),
        CheckConstraint(f"(state IN ('queued', 'processing')) = ({NOT_ENDED})", name="ended"),
        CheckConstraint("NOT held OR state = 'queued'", name="held"),
        CheckConstraint("lane BETWEEN 0 AND 2", name="lane"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("max_retries BETWEEN 0 AND 10", name="max_retries"),
        CheckConstraint("(state = 'processing') = (lease_token IS NOT NULL)", name="lease"),
        CheckConstraint(SUMMARY_SUBJECT, name="summary"),
        Index("uq_job_unfinished", "task", "subject_key", unique=True, postgresql_where=text(NOT_ENDED)),
        Index(
            "ix_job_evaluation_unfinished",
            "evaluation_id",
            postgresql_where=text(NOT_ENDED_OF_EVALUATION),
        ),
        Index(
            "ix_job_waiting",
            *("lane", "rank", "created_at", "id"),
            postgresql_include=["waiting_since"],
            postgresql_where=text("waiting"),
        ),
        Index("ix_job_waiting_age", "waiting_since", postgresql_where=text(f"{WAITING} AND lane > 0")),
        Index("ix_job_held", "school_id", "lane", postgresql_where=text("held")),
        Index(
            "ix_job_retry",
            "next_retry_at",
            postgresql_where=text("state = 'queued' AND next_retry_at IS NOT NULL"),
        ),
        Index("ix_job_lease", "lease_until", postgresql_where=text("state = 'processing'")),
        Index("ix_job_requester", "requested_by", postgresql_where=text("requested_by IS NOT NULL")),
        Index("ix_job_ended", "completed_at", postgresql_where=text("completed_at IS NOT NULL")),
        Index(
            "ix_job_school_unfinished",
            *("school_id", "lane", "created_at"),
            postgresql_where=text(NOT_ENDED_OF_SCHOOL),
        ),
        Index(
            "ix_job_school_ended",
            "school_id",
            "completed_at",
            postgresql_where=text("completed_at IS NOT NULL"),
        ),
        Index("ix_job_evaluation", "evaluation_id", "created_at", "id"),
        Index("ix_job_pupil", "student_id", "evaluation_id", "created_at"),
        Index("ix_job_school", "school_id", "created_at", "id"),
    )

    @property
    def effective_status(self) -> Status:
        """The state, and of a queued job what it waits for."""
        return effective_status(self.state, paused=self.held, next_retry_at=self.next_retry_at)

    @property
    def unfinished(self) -> bool:
        """Whether it waits or runs."""
        return State(self.state) in UNFINISHED

    @property
    def student(self) -> StudentRef | None:
        """The student whose summary it makes; None for a job of another task."""
        school_id, evaluation_id, student_id = self.school_id, self.evaluation_id, self.student_id
        if self.task != SUMMARY or school_id is None or evaluation_id is None or student_id is None:
            return None
        return StudentRef(school_id, evaluation_id, student_id)


def student_of(job: Job) -> StudentRef:
    """The student whose summary a job makes. Raises ValueError for a job of another task."""
    if job.student is None:
        raise ValueError(f"The job {job.id} makes no summary.")
    return job.student


class WorkerProcess(Base):
    """A worker process that says every few seconds that it is there. What it runs is what the jobs say.

    `running` counts its jobs, of all schools, and `threads` how many it can run.
    """

    __tablename__ = "worker_process"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    lanes: Mapped[list[str]] = mapped_column(ARRAY(String(10)))
    running: Mapped[int] = mapped_column(Integer, server_default="0")
    threads: Mapped[int] = mapped_column(Integer, server_default="1")
    model_reachable: Mapped[bool]
    started_at: Mapped[CreatedAt]
    last_seen: Mapped[CreatedAt]


class SchoolLane(Base):
    """The last rank that a school was given in a lane, and since when and by whom that lane is paused.

    Its row lock makes ranks unique per school, and lets jobs come in before or after a pause, not beside it.
    Jobs without a school have one row for each lane too, so that they take turns with the schools; nobody
    can pause it.
    """

    __tablename__ = "school_lane"

    id: Mapped[BigId]
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    lane: Mapped[int] = mapped_column(SmallInteger)
    last_rank: Mapped[int] = mapped_column(BigInteger)
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    __table_args__ = (
        UniqueConstraint("school_id", "lane", postgresql_nulls_not_distinct=True),
        CheckConstraint("school_id IS NOT NULL OR paused_at IS NULL", name="paused"),
        Index("ix_school_lane_rank", "lane", "last_rank"),
    )
