"""SQL on API tokens."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import ApiToken


async def list_active(session: AsyncSession, user_id: int) -> Sequence[ApiToken]:
    """The user's tokens that were not revoked, newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return (await session.scalars(query.order_by(ApiToken.id.desc()))).all()


async def revoke(session: AsyncSession, user_id: int, token_id: int) -> bool:
    """Revoke a user's token. False when there is none, or it was revoked before."""
    moved = await session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(ApiToken.id)
    )
    return moved.one_or_none() is not None


async def revoke_of_user(session: AsyncSession, user_id: int) -> None:
    """Revoke all tokens of a user."""
    active = (ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    await session.execute(update(ApiToken).where(*active).values(revoked_at=func.now()))
