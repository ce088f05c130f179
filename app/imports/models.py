"""Table of imports."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId


class ImportRun(Base):
    """One import: what was understood, and what it takes to undo it.

    `payload` is the uploaded file while the preview waits to be confirmed; it is emptied afterwards.
    `created` is what it takes to undo it (import_write.Made): ids of what was made, and what was before.
    """

    __tablename__ = "import_run"

    id: Mapped[BigId]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    evaluation_id: Mapped[int | None] = mapped_column(ForeignKey("evaluation.id", ondelete="SET NULL"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(10), server_default="previewed")
    file_name: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(200), server_default="")
    course: Mapped[str] = mapped_column(String(200), server_default="")
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    created: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('previewed', 'applied', 'undone')", name="state"),
        Index("ix_import_run_school", "school_id", text("created_at DESC")),
    )
