"""SQL on users."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User

_BY_NAME = (User.family_name, User.given_name, User.id)


async def by_email(session: AsyncSession, email: str) -> User | None:
    """The user of this address. Addresses are unique over all schools, because users log in with them."""
    return await session.scalar(select(User).where(User.email == email))


async def get(session: AsyncSession, school_id: int, user_id: int) -> User | None:
    """A user of this school."""
    return await session.scalar(select(User).where(User.id == user_id, User.school_id == school_id))


async def email_is_taken(session: AsyncSession, user_id: int, email: str) -> bool:
    """Whether another user, at any school, has this address."""
    return await _another_exists(session, user_id, User.email == email)


async def number_is_taken(session: AsyncSession, user_id: int, school_id: int, number: str) -> bool:
    """Whether another user of this school has this number."""
    return await _another_exists(session, user_id, User.school_id == school_id, User.number == number)


async def _another_exists(session: AsyncSession, user_id: int, *conditions: ColumnElement[bool]) -> bool:
    query = select(User.id).where(*conditions, User.id != user_id).limit(1)
    return await session.scalar(query) is not None


async def list_of_school(session: AsyncSession, school_id: int, role: str | None) -> Sequence[User]:
    """The users of a school, by family name."""
    query = select(User).where(User.school_id == school_id)
    if role is not None:
        query = query.where(User.role == role)
    return (await session.scalars(query.order_by(*_BY_NAME))).all()


async def search(
    session: AsyncSession,
    school_id: int,
    words: Sequence[str],
    role: str | None,
    after: User | None,
    limit: int,
) -> list[User]:
    """Users whose name, address, number or class contain all of these words, by family name."""
    searched = func.concat_ws(
        " ", User.given_name, User.infix, User.family_name, User.email, User.number, User.class_name
    )
    query = select(User).where(User.school_id == school_id)
    query = query.where(*(searched.icontains(word, autoescape=True) for word in words))
    if role is not None:
        query = query.where(User.role == role)
    if after is not None:
        query = query.where(tuple_(*_BY_NAME) > (after.family_name, after.given_name, after.id))
    return list(await session.scalars(query.order_by(*_BY_NAME).limit(limit)))


async def lock(session: AsyncSession, school_id: int, user_id: int) -> User | None:
    """A user of this school, read again and locked until the commit."""
    query = select(User).where(User.id == user_id, User.school_id == school_id)
    return await session.scalar(query.with_for_update().execution_options(populate_existing=True))


async def lock_admins(session: AsyncSession, school_id: int) -> list[int]:
    """The school's administrators who are not blocked, locked in the order of their ids."""
    query = select(User.id).where(
        User.school_id == school_id, User.role == "admin", User.blocked_at.is_(None)
    )
    return list(await session.scalars(query.order_by(User.id).with_for_update()))


async def redeem_code(session: AsyncSession, user_id: int, code: bytes, password_hash: str) -> int | None:
    """Replace the password and remove the code; returns the user's school.

    None when the code is wrong, expired or used, or the user blocked.
    """
    return await session.scalar(
        update(User)
        .where(User.id == user_id, User.code == code, User.code_until > func.now(), User.blocked_at.is_(None))
        .values(password_hash=password_hash, code=None, code_until=None)
        .returning(User.school_id)
    )


async def set_password_hash(session: AsyncSession, user_id: int, password_hash: str) -> None:
    """Replace the stored hash and remove a code that was handed out before."""
    await session.execute(
        update(User).where(User.id == user_id).values(password_hash=password_hash, code=None, code_until=None)
    )


async def set_locale(session: AsyncSession, user_id: int, locale: str) -> None:
    """Replace the user's language."""
    await session.execute(update(User).where(User.id == user_id).values(locale=locale))
