"""What administrators decide about the users of their school.

Users are blocked, not deleted, because what people wrote about each other stays. A blocked user can be let in
again. No school is left without an administrator: administrators cannot change their own role or block
themselves, and a change of another administrator is refused to one who lost the role meanwhile.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import sessions_repository, tokens, tokens_repository, users, users_repository
from app.accounts.models import ApiToken, User
from app.accounts.principal import ROLES, Principal
from app.accounts.users import NewUser, Profile
from app.audit.actions import Action
from app.audit.service import note
from app.core.errors import BadInput, Conflict, Forbidden, NotFound
from app.core.unit_of_work import UnitOfWork


async def search(
    session: AsyncSession, admin: Principal, text: str, role: str, after: int | None, limit: int
) -> list[User]:
    """Users of the school by family name, at most `limit`; `after` is the last id of the page before.

    Raises BadInput for an `after` that is no user of the school.
    """
    last = None if after is None else await users_repository.get(session, admin.school_id, after)
    if after is not None and last is None:
        raise BadInput("This page is not one of ours; start again without it.", field="after")
    wanted = role if role in ROLES else None
    return await users_repository.search(session, admin.school_id, text.split(), wanted, last, limit)


async def find(session: AsyncSession, admin: Principal, user_id: int) -> User:
    """A user of the administrator's school. Raises NotFound."""
    user = await users_repository.get(session, admin.school_id, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    return user


async def sessions_and_tokens(session: AsyncSession, user_id: int) -> tuple[int, Sequence[ApiToken]]:
    """How many login sessions a user has, and the API tokens that were not revoked."""
    return await sessions_repository.count(session, user_id), await tokens.list_active(session, user_id)


async def add(uow: UnitOfWork, admin: Principal, user: NewUser) -> User:
    """Add a user, who cannot log in before `invitations.create`. Raises BadInput, Conflict."""
    _require_email_of_staff(user)
    return await users.create(uow, admin, user)


async def change(uow: UnitOfWork, admin: Principal, user_id: int, profile: Profile) -> None:
    """Replace a user's profile. Raises BadInput, Conflict, Forbidden, NotFound."""
    user = await lock_user(uow, admin, user_id)
    if profile.role != user.role:
        refuse_own_account(admin, user_id)
    _require_email_of_staff(profile)
    await users.change(uow, admin, user, profile)


async def block(uow: UnitOfWork, admin: Principal, user_id: int) -> None:
    """Block a user: login sessions end, API tokens are revoked. Raises Conflict, Forbidden, NotFound."""
    user = await lock_user(uow, admin, user_id)
    refuse_own_account(admin, user_id)
    user.blocked_at = user.blocked_at or datetime.now(UTC)
    user.code = user.code_until = None
    await sessions_repository.remove_of_user(uow.session, user_id)
    await tokens_repository.revoke_of_user(uow.session, user_id)
    note(uow, admin, Action.PERSON_BLOCKED, ("user", user_id))


async def unblock(uow: UnitOfWork, admin: Principal, user_id: int) -> None:
    """Let a user in again, with the same password as before. Raises Forbidden, NotFound."""
    user = await lock_user(uow, admin, user_id)
    user.blocked_at = None
    note(uow, admin, Action.PERSON_UNBLOCKED, ("user", user_id))


async def log_out_everywhere(uow: UnitOfWork, admin: Principal, user_id: int) -> None:
    """End all login sessions of a user. Raises NotFound."""
    await find(uow.session, admin, user_id)
    await sessions_repository.remove_of_user(uow.session, user_id)
    note(uow, admin, Action.PERSON_LOGGED_OUT, ("user", user_id))


async def revoke_token(uow: UnitOfWork, admin: Principal, user_id: int, token_id: int) -> None:
    """Revoke an API token of a user. Raises NotFound."""
    await find(uow.session, admin, user_id)
    await tokens.revoke(uow, admin, user_id, token_id)


async def lock_user(uow: UnitOfWork, admin: Principal, user_id: int) -> User:
    """A user of the administrator's school, locked until the commit. Raises Forbidden, NotFound.

    1. Lock all administrators, so that two who demote each other do so one after the other. 2. Refuse an
    administrator who lost the role meanwhile. 3. Lock the user.
    """
    if admin.user_id not in await users_repository.lock_admins(uow.session, admin.school_id):
        raise Forbidden("You are no administrator any more.")
    user = await users_repository.lock(uow.session, admin.school_id, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    return user


def refuse_own_account(admin: Principal, user_id: int) -> None:
    """Raises Conflict when the user is the administrator."""
    if user_id == admin.user_id:
        raise Conflict("Ask another administrator to do this with your own account.", code="own_account")


def _require_email_of_staff(profile: Profile) -> None:
    if profile.role != "pupil" and not profile.email:
        raise BadInput("Staff need an e-mail address to log in with.", field="email", code="needed")
