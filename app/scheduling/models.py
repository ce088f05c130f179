"""Tables of schedules and of their runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId, CreatedAt


class Schedule(Base):
    """A batch that starts at set times. `next_run_at` is null while it is paused and when no time is left.

    A null `time_zone` is the school's. `evaluation_id` becomes null when the evaluation is deleted; the
    schedule stays and says so. Null `student_ids` are all students with feedback.
    """

    __tablename__ = "schedule"

    id: Mapped[BigId]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    evaluation_id: Mapped[int | None] = mapped_column(
        ForeignKey("evaluation.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(100))
    cron_expression: Mapped[str] = mapped_column(String(100))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    student_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    enabled: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    next_run_at: Mapped[datetime | None]
    last_run_at: Mapped[datetime | None]
    last_result: Mapped[str | None] = mapped_column(String(20))
    last_counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint("enabled OR next_run_at IS NULL", name="paused"),
        Index("ix_schedule_due", "next_run_at", postgresql_where=text("next_run_at IS NOT NULL")),
        Index("ix_schedule_school", "school_id"),
    )


class ScheduleRun(Base):
    """One run. `due_at` is unique per schedule, so two schedulers and repeated ticks run it once."""

    __tablename__ = "schedule_run"

    id: Mapped[BigId]
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    by_hand: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    started_at: Mapped[CreatedAt]
    result: Mapped[str] = mapped_column(String(20))
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (UniqueConstraint("schedule_id", "due_at"),)
