"""API tokens: bearer secrets for programs, each of one user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import tokens_repository
from app.accounts.models import ApiToken
from app.audit.actions import Action
from app.audit.service import Actor, note
from app.core.errors import BadInput, NotFound
from app.core.ids import fingerprint, new_secret
from app.core.unit_of_work import UnitOfWork

PREFIX = "tb_"
"""Makes a leaked token recognisable to people and to secret scanners."""
MAX_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made. `secret` exists only here: the database holds its fingerprint."""

    token_id: int
    secret: str
    created_at: datetime


async def create(uow: UnitOfWork, actor: Actor, user_id: int, name: str) -> NewToken:
    """Make an API token of a user. Raises BadInput for a name that is empty or too long."""
    if not 1 <= len(name.strip()) <= MAX_NAME_LENGTH:
        raise BadInput(f"Give the token a name of at most {MAX_NAME_LENGTH} characters.", field="name")
    secret = PREFIX + new_secret()
    token = ApiToken(user_id=user_id, name=name.strip(), fingerprint=fingerprint(secret))
    uow.session.add(token)
    await uow.session.flush()
    note(uow, actor, Action.PERSON_TOKEN_CREATED, ("user", user_id), token_id=token.id)
    return NewToken(token_id=token.id, secret=secret, created_at=token.created_at)


async def list_active(session: AsyncSession, user_id: int) -> Sequence[ApiToken]:
    """The user's tokens that were not revoked, newest first."""
    return await tokens_repository.list_active(session, user_id)


async def revoke(uow: UnitOfWork, actor: Actor, user_id: int, token_id: int) -> None:
    """Revoke a token; the next request with it is refused.

    Raises NotFound when the user has no such token, or it was revoked before.
    """
    if not await tokens_repository.revoke(uow.session, user_id, token_id):
        raise NotFound("There is no such token, or it was withdrawn before.")
    note(uow, actor, Action.PERSON_TOKEN_REVOKED, ("user", user_id), token_id=token_id)
