"""SQL on login sessions."""

from datetime import timedelta

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import LoginSession

USER_AGENT_WIDTH = 200
"""Characters of the column; what a browser sends beyond it is cut off."""


async def add(
    session: AsyncSession, fingerprint: bytes, user_id: int, lifetime: timedelta, user_agent: str
) -> None:
    """A new login session that ends after `lifetime`, in the database's time."""
    await session.execute(
        insert(LoginSession).values(
            fingerprint=fingerprint,
            user_id=user_id,
            expires_at=func.now() + literal(lifetime),
            user_agent=user_agent[:USER_AGENT_WIDTH],
        )
    )


async def remove(session: AsyncSession, fingerprint: bytes) -> None:
    """End one login session."""
    await session.execute(delete(LoginSession).where(LoginSession.fingerprint == fingerprint))


async def remove_of_user(session: AsyncSession, user_id: int) -> None:
    """End all login sessions of a user."""
    await session.execute(delete(LoginSession).where(LoginSession.user_id == user_id))


async def count(session: AsyncSession, user_id: int) -> int:
    """How many login sessions of a user have not expired."""
    query = select(func.count()).where(LoginSession.user_id == user_id, LoginSession.expires_at > func.now())
    return await session.scalar(query) or 0


async def delete_expired(session: AsyncSession) -> None:
    """Delete login sessions that have expired."""
    await session.execute(delete(LoginSession).where(LoginSession.expires_at <= func.now()))
