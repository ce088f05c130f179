"""Authentication of a request: the principal of a cookie or of an API token."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts import authentication_repository as repository
from app.accounts.principal import Credential, Principal


async def authenticate(engine: AsyncEngine, credential: Credential) -> Principal | None:
    """The user of a cookie or API token; None when it is unknown, expired or revoked, or the user blocked."""
    find = repository.by_session if credential.kind == "session" else repository.by_token
    async with engine.connect() as connection:
        return await find(connection, credential.fingerprint)


async def authenticate_many(
    session: AsyncSession, credentials: Collection[Credential]
) -> dict[Credential, Principal]:
    """As `authenticate`, for many with one statement per kind. A credential without a user is left out."""
    found: dict[Credential, Principal] = {}
    if cookies := [one.fingerprint for one in credentials if one.kind == "session"]:
        principals = await repository.by_sessions(session, cookies)
        found |= {Credential("session", key): principal for key, principal in principals.items()}
    if tokens := [one.fingerprint for one in credentials if one.kind == "token"]:
        principals = await repository.by_tokens(session, tokens)
        found |= {Credential("token", key): principal for key, principal in principals.items()}
    return found
