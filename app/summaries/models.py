"""Tables of stored summaries, their sentences and what each sentence rests on."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId, CreatedAt


class Summary(Base):
    """The one stored summary of a pupil in an evaluation.

    `revision` is the participant's at the time of reading: a lower one than now means stale.
    `provisional` marks the rule-based text that stands in while the model still owes a summary.
    `checks` counts refused model output by code. `flags` lists {entry_id, reason} for the teacher.
    """

    __tablename__ = "summary"

    id: Mapped[BigId]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(String(10), server_default="draft")
    locale: Mapped[str] = mapped_column(String(2))
    method: Mapped[str] = mapped_column(String(10))
    provisional: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    input_hash: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column(Integer)
    comments_used: Mapped[int] = mapped_column(Integer)
    comments_total: Mapped[int] = mapped_column(Integer)
    model: Mapped[str] = mapped_column(String(100), server_default="")
    prompt_version: Mapped[str] = mapped_column(String(20), server_default="")
    checks: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    flags: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    created_at: Mapped[CreatedAt]
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    edited_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    disputed_at: Mapped[datetime | None]
    """When the pupil said "this is not right"; cleared when the teacher has seen to it."""

    __table_args__ = (
        UniqueConstraint("evaluation_id", "student_id"),
        CheckConstraint("state IN ('draft', 'approved', 'released')", name="state"),
        CheckConstraint("method IN ('ai', 'fallback', 'empty', 'demo')", name="method"),
        CheckConstraint("locale IN ('nl', 'en')", name="locale"),
        Index("ix_summary_editor", "edited_by", postgresql_where=text("edited_by IS NOT NULL")),
        Index("ix_summary_approver", "approved_by", postgresql_where=text("approved_by IS NOT NULL")),
        Index("ix_summary_school", "school_id"),
    )


class SummarySentence(Base):
    """One sentence, in reading order."""

    __tablename__ = "summary_sentence"

    id: Mapped[BigId]
    summary_id: Mapped[int] = mapped_column(ForeignKey("summary.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("summary_id", "position"),)


class SentenceSource(Base):
    """A comment that a sentence rests on."""

    __tablename__ = "sentence_source"

    sentence_id: Mapped[int] = mapped_column(
        ForeignKey("summary_sentence.id", ondelete="CASCADE"), primary_key=True
    )
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("feedback_entry.id", ondelete="CASCADE"), primary_key=True, index=True
    )
