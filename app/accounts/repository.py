"""All SQL on schools, people, sessions, tokens and failed logins."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Row, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import ApiToken, LoginFailure, LoginSession, School, User
from app.accounts.principal import Principal

_PERSON = (
    User.id,
    User.school_id,
    User.role,
    User.given_name,
    User.infix,
    User.family_name,
    func.coalesce(User.locale, School.locale).label("locale"),
)

_BY_SESSION = (
    select(*_PERSON)
    .join(School, School.id == User.school_id)
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(LoginSession.fingerprint == bindparam("fingerprint"), LoginSession.expires_at > func.now())
)

_BY_TOKEN = (
    select(*_PERSON)
    .join(School, School.id == User.school_id)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(ApiToken.fingerprint == bindparam("fingerprint"), ApiToken.revoked_at.is_(None))
)


# Who is asking: one query for each request.


async def by_session(connection: AsyncConnection, fingerprint: bytes) -> Principal | None:
    """The person whose living login session this is."""
    row = (await connection.execute(_BY_SESSION, {"fingerprint": fingerprint})).one_or_none()
    return None if row is None else _principal(row, fingerprint.hex())


async def by_token(connection: AsyncConnection, fingerprint: bytes) -> Principal | None:
    """The person whose API token this is, unless it was withdrawn."""
    row = (await connection.execute(_BY_TOKEN, {"fingerprint": fingerprint})).one_or_none()
    return None if row is None else _principal(row, None)


def _principal(row: Row[int, int, str, str, str, str, str], session_key: str | None) -> Principal:
    return Principal(
        user_id=row.id,
        school_id=row.school_id,
        role=row.role,
        name=" ".join(part for part in (row.given_name, row.infix, row.family_name) if part),
        locale=row.locale,
        session_key=session_key,
    )


# Schools and people.


async def school_by_slug(session: AsyncSession, slug: str) -> School | None:
    """The school of this short name."""
    return await session.scalar(select(School).where(School.slug == slug))


async def school(session: AsyncSession, school_id: int) -> School:
    """The school of a person who is logged in."""
    return await session.get_one(School, school_id)


async def schools(session: AsyncSession) -> Sequence[School]:
    """All schools, by short name."""
    return (await session.scalars(select(School).order_by(School.slug))).all()


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    """The person of this address; e-mail is unique over all schools, for it is what one logs in with."""
    return await session.scalar(select(User).where(User.email == email))


async def user_of_school(session: AsyncSession, school_id: int, user_id: int) -> User | None:
    """A person of this school."""
    return await session.scalar(select(User).where(User.id == user_id, User.school_id == school_id))


async def users(session: AsyncSession, school_id: int, role: str | None) -> Sequence[User]:
    """People of a school, by family name."""
    query = select(User).where(User.school_id == school_id)
    if role is not None:
        query = query.where(User.role == role)
    return (await session.scalars(query.order_by(User.family_name, User.given_name, User.id))).all()


async def set_password_hash(session: AsyncSession, user_id: int, password_hash: str) -> None:
    """Replace the stored hash."""
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def set_locale(session: AsyncSession, user_id: int, locale: str) -> None:
    """Replace the person's language."""
    await session.execute(update(User).where(User.id == user_id).values(locale=locale))


# Login sessions.


async def add_session(
    session: AsyncSession, fingerprint: bytes, user_id: int, lifetime: timedelta, user_agent: str
) -> None:
    """A new login session that ends after `lifetime`, in the database's time."""
    await session.execute(
        insert(LoginSession).values(
            fingerprint=fingerprint,
            user_id=user_id,
            expires_at=func.now() + literal(lifetime),
            user_agent=user_agent[:200],
        )
    )


async def remove_session(session: AsyncSession, fingerprint: bytes) -> None:
    """End one login session."""
    await session.execute(delete(LoginSession).where(LoginSession.fingerprint == fingerprint))


async def remove_sessions_of(session: AsyncSession, user_id: int) -> None:
    """End all login sessions of a person."""
    await session.execute(delete(LoginSession).where(LoginSession.user_id == user_id))


async def remove_expired(session: AsyncSession, failures_older_than: timedelta) -> None:
    """Forget dead login sessions and failures that no longer count."""
    await session.execute(delete(LoginSession).where(LoginSession.expires_at <= func.now()))
    old = LoginFailure.at < func.now() - literal(failures_older_than)
    await session.execute(delete(LoginFailure).where(old))


# API tokens.


async def tokens_of(session: AsyncSession, user_id: int) -> Sequence[ApiToken]:
    """Tokens of a person that still work, newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return (await session.scalars(query.order_by(ApiToken.id.desc()))).all()


async def revoke_token(session: AsyncSession, user_id: int, token_id: int) -> bool:
    """Withdraw a person's token. False when there is none, or it was withdrawn before."""
    moved = await session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(ApiToken.id)
    )
    return moved.one_or_none() is not None


# Failed logins.


async def lock_login_keys(session: AsyncSession, keys: Sequence[str]) -> None:
    """Until the commit, others who count these keys wait. Sorted, so that no two wait for each other."""
    for key in sorted(keys):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def count_failures(session: AsyncSession, keys: Sequence[str], window: timedelta) -> dict[str, int]:
    """Failures within the window, by key."""
    rows = await session.execute(
        select(LoginFailure.key, func.count())
        .where(LoginFailure.key.in_(keys), LoginFailure.at > func.now() - literal(window))
        .group_by(LoginFailure.key)
    )
    return dict(rows.all())


async def add_failures(session: AsyncSession, keys: Sequence[str]) -> list[int]:
    """One failure for each key; answers their ids."""
    rows = await session.scalars(
        insert(LoginFailure).returning(LoginFailure.id), [{"key": key} for key in keys]
    )
    return list(rows)


async def remove_failures(session: AsyncSession, key: str, ids: Sequence[int]) -> None:
    """Forget a key's failures, and those of these ids."""
    await session.execute(delete(LoginFailure).where((LoginFailure.key == key) | LoginFailure.id.in_(ids)))
