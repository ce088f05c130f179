"""SQL on failed logins."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import LoginFailure


async def count_failures(session: AsyncSession, keys: Sequence[str], window: timedelta) -> dict[str, int]:
    """Failures within the window, by key."""
    rows = await session.execute(
        select(LoginFailure.key, func.count())
        .where(LoginFailure.key.in_(keys), LoginFailure.at > func.now() - literal(window))
        .group_by(LoginFailure.key)
    )
    return dict(rows.all())


async def add_failures(session: AsyncSession, keys: Sequence[str]) -> list[int]:
    """One failure for each key; returns their ids."""
    rows = await session.scalars(
        insert(LoginFailure).returning(LoginFailure.id), [{"key": key} for key in keys]
    )
    return list(rows)


async def remove_failures(session: AsyncSession, key: str, ids: Sequence[int]) -> None:
    """Delete all failures of a key, and those of these ids."""
    await session.execute(delete(LoginFailure).where((LoginFailure.key == key) | LoginFailure.id.in_(ids)))


async def delete_old_failures(session: AsyncSession, age: timedelta) -> None:
    """Delete failures older than `age`."""
    await session.execute(delete(LoginFailure).where(LoginFailure.at < func.now() - literal(age)))
