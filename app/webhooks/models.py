"""Tables of webhook receivers and of the deliveries to them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId, CreatedAt


class Endpoint(Base):
    """A receiver of a school. Its secrets are encrypted (signing.encryption).

    `old_secret` signs too until `old_secret_until`. `failing_since` is the first failure after the last
    success. `disabled_reason` is null while it is enabled, else `by_hand`, `gone` (it answered 410) or
    `failing` (all deliveries failed for longer than retry_policy.FAILING_LIMIT).
    """

    __tablename__ = "webhook_endpoint"

    id: Mapped[BigId]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    disabled_reason: Mapped[str | None] = mapped_column(String(10))
    failing_since: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    __table_args__ = (CheckConstraint("enabled = (disabled_reason IS NULL)", name="reason"),)


class Delivery(Base):
    """One event for one receiver. Its id is the `webhook-id` of every try.

    `endpoint_id` is null for the address that was given with a job. `attempt` counts tries. The process
    that tries it owns the lease: `lease_token`, until `lease_until`. `error` is a code of
    `sender.Answer` when no answer came.
    """

    __tablename__ = "webhook_delivery"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("webhook_endpoint.id", ondelete="CASCADE"))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(String(2000))
    event: Mapped[str] = mapped_column(String(20))
    request_id: Mapped[str | None] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), server_default="pending")
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease_token: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    response_code: Mapped[int | None] = mapped_column(SmallInteger)
    response_body: Mapped[str | None] = mapped_column(String(1024))
    error: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[CreatedAt]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state"),
        CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease"),
        CheckConstraint("lease_token IS NULL OR state = 'pending'", name="leased"),
        Index(
            "uq_webhook_delivery_event",
            "job_id",
            "event",
            "endpoint_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("job_id IS NOT NULL"),
        ),
        Index("ix_webhook_delivery_due", "next_try_at", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_webhook_delivery_leased", "school_id", postgresql_where=text("lease_token IS NOT NULL")),
        Index("ix_webhook_delivery_endpoint", "endpoint_id", "created_at", "id"),
        Index("ix_webhook_delivery_created", "created_at"),
    )
