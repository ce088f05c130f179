"""All SQL on schools, people, sessions, tokens and failed logins."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    LargeBinary,
    Row,
    any_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import ApiToken, AuditEvent, LoginFailure, LoginSession, School, User
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

_SESSIONS = (
    select(*_PERSON, LoginSession.fingerprint)
    .join(School, School.id == User.school_id)
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(LoginSession.expires_at > func.now(), User.blocked_at.is_(None))
)

_TOKENS = (
    select(*_PERSON, ApiToken.fingerprint)
    .join(School, School.id == User.school_id)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(ApiToken.revoked_at.is_(None), User.blocked_at.is_(None))
)

_ONE = bindparam("fingerprint", type_=LargeBinary)
_ANY = any_(bindparam("fingerprints", type_=ARRAY(LargeBinary)))

_BY_SESSION = _SESSIONS.where(LoginSession.fingerprint == _ONE)
_BY_TOKEN = _TOKENS.where(ApiToken.fingerprint == _ONE)
_BY_SESSIONS = _SESSIONS.where(LoginSession.fingerprint == _ANY)
_BY_TOKENS = _TOKENS.where(ApiToken.fingerprint == _ANY)


# Who is asking: one query for each request.


async def by_session(connection: AsyncConnection, fingerprint: bytes) -> Principal | None:
    """The person whose living login session this is."""
    row = (await connection.execute(_BY_SESSION, {"fingerprint": fingerprint})).one_or_none()
    return None if row is None else _principal(row, fingerprint.hex())


async def by_token(connection: AsyncConnection, fingerprint: bytes) -> Principal | None:
    """The person whose API token this is, unless it was withdrawn."""
    row = (await connection.execute(_BY_TOKEN, {"fingerprint": fingerprint})).one_or_none()
    return None if row is None else _principal(row, None)


async def by_sessions(session: AsyncSession, fingerprints: Sequence[bytes]) -> dict[bytes, Principal]:
    """As `by_session`, for many at once."""
    rows = await session.execute(_BY_SESSIONS, {"fingerprints": fingerprints})
    return {row.fingerprint: _principal(row, row.fingerprint.hex()) for row in rows}


async def by_tokens(session: AsyncSession, fingerprints: Sequence[bytes]) -> dict[bytes, Principal]:
    """As `by_token`, for many at once."""
    rows = await session.execute(_BY_TOKENS, {"fingerprints": fingerprints})
    return {row.fingerprint: _principal(row, None) for row in rows}


def _principal(row: Row[int, int, str, str, str, str, str, bytes], session_key: str | None) -> Principal:
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


async def is_taken(session: AsyncSession, user_id: int, *condition: ColumnElement[bool]) -> bool:
    """Whether somebody else than this person fits."""
    return await session.scalar(select(User.id).where(*condition, User.id != user_id).limit(1)) is not None


async def users(session: AsyncSession, school_id: int, role: str | None) -> Sequence[User]:
    """People of a school, by family name."""
    query = select(User).where(User.school_id == school_id)
    if role is not None:
        query = query.where(User.role == role)
    return (await session.scalars(query.order_by(User.family_name, User.given_name, User.id))).all()


async def people(
    session: AsyncSession,
    school_id: int,
    words: Sequence[str],
    role: str | None,
    after: User | None,
    limit: int,
) -> list[User]:
    """People in whose name, address, number or class all of these words are, by family name."""
    sought = func.concat_ws(
        " ", User.given_name, User.infix, User.family_name, User.email, User.number, User.class_name
    )
    query = select(User).where(User.school_id == school_id)
    query = query.where(*(sought.icontains(word, autoescape=True) for word in words))
    if role is not None:
        query = query.where(User.role == role)
    key = (User.family_name, User.given_name, User.id)
    if after is not None:
        query = query.where(tuple_(*key) > (after.family_name, after.given_name, after.id))
    return list(await session.scalars(query.order_by(*key).limit(limit)))


async def lock_user(session: AsyncSession, school_id: int, user_id: int) -> User | None:
    """A person of this school, locked, so that changes do not cross."""
    query = select(User).where(User.id == user_id, User.school_id == school_id)
    return await session.scalar(query.with_for_update().execution_options(populate_existing=True))


async def lock_admins(session: AsyncSession, school_id: int) -> list[int]:
    """Everybody who administers this school and may come in, locked; always in one order."""
    query = select(User.id).where(
        User.school_id == school_id, User.role == "admin", User.blocked_at.is_(None)
    )
    return list(await session.scalars(query.order_by(User.id).with_for_update()))


async def use_code(session: AsyncSession, user_id: int, code: bytes, password_hash: str) -> bool:
    """Replace the password of whoever has this code, which is used up; False when it does not count."""
    moved = await session.execute(
        update(User)
        .where(User.id == user_id, User.code == code, User.code_until > func.now(), User.blocked_at.is_(None))
        .values(password_hash=password_hash, code=None, code_until=None)
        .returning(User.id)
    )
    return moved.one_or_none() is not None


async def set_password_hash(session: AsyncSession, user_id: int, password_hash: str) -> None:
    """Replace the stored hash; a code that was handed out before does not count any more."""
    await session.execute(
        update(User).where(User.id == user_id).values(password_hash=password_hash, code=None, code_until=None)
    )


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


async def count_sessions(session: AsyncSession, user_id: int) -> int:
    """On how many browsers a person is logged in."""
    query = select(func.count()).where(LoginSession.user_id == user_id, LoginSession.expires_at > func.now())
    return await session.scalar(query) or 0


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


async def revoke_tokens_of(session: AsyncSession, user_id: int) -> None:
    """Withdraw all tokens of a person."""
    mine = (ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    await session.execute(update(ApiToken).where(*mine).values(revoked_at=func.now()))


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


async def lock_keys(session: AsyncSession, keys: Sequence[str]) -> None:
    """Until the commit, others who lock these keys wait. Sorted, so that no two wait for each other."""
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


# Notes of who looked at or changed what.


async def remove_old_events(session: AsyncSession, age: timedelta, limit: int) -> None:
    """Of the `limit` oldest events delete those older than `age`. By number, which is the order of time."""
    oldest = select(AuditEvent.id, AuditEvent.at).order_by(AuditEvent.id).limit(limit).subquery()
    old = select(oldest.c.id).where(oldest.c.at < func.now() - literal(age))
    await session.execute(delete(AuditEvent).where(AuditEvent.id.in_(old)))
