"""The table of audit events."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId


class AuditEvent(Base):
    """Somebody looked at or changed something. `actor_id` is null for the command line."""

    __tablename__ = "audit_event"

    id: Mapped[BigId]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(50))
    subject: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (
        Index("ix_audit_event_actor", "actor_id", postgresql_where=text("actor_id IS NOT NULL")),
        Index("ix_audit_event_school_at", "school_id", "at"),
    )
