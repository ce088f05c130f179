"""SQL on audit events."""

from datetime import timedelta

from sqlalchemy import delete, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.models import AuditEvent


async def delete_old(session: AsyncSession, age: timedelta, limit: int) -> None:
    """Of the `limit` oldest events delete those older than `age`. The order of ids is the order of time."""
    oldest = select(AuditEvent.id, AuditEvent.at).order_by(AuditEvent.id).limit(limit).subquery()
    old = select(oldest.c.id).where(oldest.c.at < func.now() - literal(age))
    await session.execute(delete(AuditEvent).where(AuditEvent.id.in_(old)))
