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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId, CreatedAt


class Summary(Base):
    """The current text of a student in an evaluation: version `number` of it; see SummaryVersion.

    `revision` is the participant's at the time of reading: a lower one than now means stale.
    `provisional` marks the basic text that stands in while the model still owes a summary.
    `checks` counts refused model output by code. `flags` lists {entry_id, reason} for the teacher.
    `attention` holds why a teacher should look (app.text.summarise.Attention), `left_out` lists
    {entry_id, reason, quote} and `refused` {text, reason}: both are for teachers of the evaluation only.
    `basis` is what it was made from: {"entries": [ids], "reviewers": {reviewer id: hash of the comments}}.
    `held_for` holds the reasons for which nobody but staff reads it until a teacher has looked;
    `seen_entries` are the comments that a teacher has looked at, for which it is not held again.
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
    number: Mapped[int] = mapped_column(Integer, server_default="1")
    attention: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    refused: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    basis: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    held_for: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    seen_entries: Mapped[list[int]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
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
    origin: Mapped[str] = mapped_column(String(10), server_default="model")
    """Who wrote it: model, theme, bank, code or teacher (app.text.types.Origin)."""
    quotes: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    """The literal parts of the comments that it rests on; for teachers of the evaluation only."""
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


class SummaryVersion(Base):
    """A text that is not the current one: an older one, or one beside it that waits for a teacher's choice.

    Nothing of a teacher's is overwritten: what would replace an edited, approved or, under `reviewed`, a
    released text is stored `beside` it. `facts` are the columns of Summary as they were, `sentences` list
    {position, kind, text, origin, quotes, entry_ids}.
    """

    __tablename__ = "summary_version"

    id: Mapped[BigId]
    summary_id: Mapped[int] = mapped_column(ForeignKey("summary.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    beside: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    created_at: Mapped[CreatedAt]
    facts: Mapped[dict[str, Any]]
    sentences: Mapped[list[dict[str, Any]]]

    __table_args__ = (
        UniqueConstraint("summary_id", "number"),
        Index("uq_summary_version_beside", "summary_id", unique=True, postgresql_where=text("beside")),
    )


class SummaryStep(Base):
    """The answer of one call of a model, so that a retry, a deploy or "write again" pays nothing twice.

    Keyed by a hash of the whole prompt with the model and the prompts' version, not by job. It holds parts of
    comments, and goes with them.
    """

    __tablename__ = "summary_step"

    evaluation_id: Mapped[int] = mapped_column(
        ForeignKey("evaluation.id", ondelete="CASCADE"), primary_key=True
    )
    student_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    step: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    answer: Mapped[Any] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
