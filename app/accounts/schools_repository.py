"""SQL on schools."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import School


async def by_slug(session: AsyncSession, slug: str) -> School | None:
    """The school of this short name."""
    return await session.scalar(select(School).where(School.slug == slug))


async def get(session: AsyncSession, school_id: int) -> School:
    """The school of this id, which exists."""
    return await session.get_one(School, school_id)


async def list_all(session: AsyncSession) -> Sequence[School]:
    """All schools, by short name."""
    return (await session.scalars(select(School).order_by(School.slug))).all()
