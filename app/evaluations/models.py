"""Tables of evaluations, their teachers, criteria, teams, participants, feedback and imports."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId, CreatedAt


class Evaluation(Base):
    """One round of peer feedback, and its policy."""

    __tablename__ = "evaluation"

    id: Mapped[BigId]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    course: Mapped[str] = mapped_column(String(200), server_default="")
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    release: Mapped[str] = mapped_column(String(10), server_default="automatic")
    min_reviewers: Mapped[int] = mapped_column(SmallInteger, server_default="2")
    show_quotes: Mapped[str] = mapped_column(String(12), server_default="none")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed', 'released')", name="state"),
        CheckConstraint("release IN ('automatic', 'reviewed')", name="release"),
        CheckConstraint("show_quotes IN ('none', 'paraphrased', 'verbatim')", name="show_quotes"),
        CheckConstraint("min_reviewers BETWEEN 1 AND 20", name="min_reviewers"),
        Index("ix_evaluation_school", "school_id", text("created_at DESC")),
    )


class EvaluationTeacher(Base):
    """A teacher who may see an evaluation."""

    __tablename__ = "evaluation_teacher"

    evaluation_id: Mapped[int] = mapped_column(
        ForeignKey("evaluation.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Criterion(Base):
    """What was judged, such as "Samenwerken"."""

    __tablename__ = "criterion"

    id: Mapped[BigId]
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(SmallInteger, server_default="0")

    __table_args__ = (UniqueConstraint("evaluation_id", "name"),)


class Team(Base):
    """A team within an evaluation."""

    __tablename__ = "team"

    id: Mapped[BigId]
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))

    __table_args__ = (UniqueConstraint("evaluation_id", "name"),)


class Participant(Base):
    """A pupil in an evaluation.

    `revision` rises whenever anything a summary is made of changes (comments, names, policy), in the same
    transaction; a summary that was made from an older one is stale. The counts are kept beside it so
    that a class list costs one query: `feedback_count` comments received from team-mates (with text),
    `reviewer_count` the distinct people who wrote them.
    """

    __tablename__ = "participant"

    evaluation_id: Mapped[int] = mapped_column(
        ForeignKey("evaluation.id", ondelete="CASCADE"), primary_key=True
    )
    student_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    feedback_count: Mapped[int] = mapped_column(Integer, server_default="0")
    reviewer_count: Mapped[int] = mapped_column(Integer, server_default="0")


class FeedbackEntry(Base):
    """What one person gave another on one criterion: a score, a comment, or both."""

    __tablename__ = "feedback_entry"

    id: Mapped[BigId]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    reviewee_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    criterion_id: Mapped[int | None] = mapped_column(ForeignKey("criterion.id", ondelete="CASCADE"))
    score: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    comment: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(4), server_default="peer")
    written_at: Mapped[datetime | None]
    import_run_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_run.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint("kind IN ('peer', 'self')", name="kind"),
        UniqueConstraint(
            "evaluation_id",
            "reviewee_id",
            "reviewer_id",
            "criterion_id",
            "kind",
            name="uq_feedback_entry_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
