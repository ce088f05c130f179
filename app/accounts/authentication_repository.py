"""SQL that finds the principal of a credential: one query for each request."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, LargeBinary, Row, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import ApiToken, LoginSession, School, User
from app.accounts.principal import Principal

_PRINCIPAL = (
    User.id,
    User.school_id,
    User.role,
    User.given_name,
    User.infix,
    User.family_name,
    func.coalesce(User.locale, School.locale).label("locale"),
)

_SESSIONS = (
    select(*_PRINCIPAL, LoginSession.fingerprint)
    .join(School, School.id == User.school_id)
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(LoginSession.expires_at > func.now(), User.blocked_at.is_(None))
)

_TOKENS = (
    select(*_PRINCIPAL, ApiToken.fingerprint)
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


async def by_session(connection: AsyncConnection, fingerprint: bytes) -> Principal | None:
    """The user of a login session that has not expired, unless blocked."""
    row = (await connection.execute(_BY_SESSION, {"fingerprint": fingerprint})).one_or_none()
    return None if row is None else _principal(row, fingerprint.hex())


async def by_token(connection: AsyncConnection, fingerprint: bytes) -> Principal | None:
    """The user of an API token that was not revoked, unless blocked."""
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
