"""What administrators decide about the people of their school.

Nobody is deleted, for what people wrote about each other stays: who leaves is blocked, and can be let in
again. Nobody can lock a school out: an administrator cannot touch the own role or way in, and whoever changes
that of another must still be one when it is done.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import repository, service
from app.accounts.models import ApiToken, AuditEvent, User
from app.accounts.principal import ROLES, Principal
from app.accounts.service import Facts, NewPerson
from app.core.errors import BadInput, Conflict, Forbidden, NotFound
from app.core.ids import fingerprint, new_code, plain_code
from app.core.unit_of_work import UnitOfWork

CODE_VALID = timedelta(days=7)
"""Long enough to hand it out at the next lesson."""


async def search(
    session: AsyncSession, admin: Principal, text: str, role: str, after: int | None, limit: int
) -> list[User]:
    """People by family name; `after` is the last of the page before. Raises BadInput for one not ours."""
    last = None if after is None else await repository.user_of_school(session, admin.school_id, after)
    if after is not None and last is None:
        raise BadInput("This page is not one of ours; start again without it.", field="after")
    wanted = role if role in ROLES else None
    return await repository.people(session, admin.school_id, text.split(), wanted, last, limit)


async def found(session: AsyncSession, admin: Principal, user_id: int) -> User:
    """A person of the administrator's school. Raises NotFound."""
    person = await repository.user_of_school(session, admin.school_id, user_id)
    if person is None:
        raise NotFound("There is no such person.")
    return person


async def ways_in(session: AsyncSession, user_id: int) -> tuple[int, Sequence[ApiToken]]:
    """On how many browsers a person is logged in, and the API tokens that work."""
    return await repository.count_sessions(session, user_id), await service.list_tokens(session, user_id)


async def add(uow: UnitOfWork, admin: Principal, facts: NewPerson) -> User:
    """Add a person, who cannot log in yet. Raises BadInput, Conflict."""
    _staff_has_an_address(facts)
    made = await service.create_user(uow, admin.school_id, facts)
    _note(uow, admin, "person.added", made.id)
    return made


async def change(uow: UnitOfWork, admin: Principal, user_id: int, facts: Facts) -> None:
    """Replace what is known of a person. Raises BadInput, Conflict, Forbidden, NotFound."""
    person = await _locked(uow, admin, user_id)
    if facts.role != person.role:
        _not_oneself(admin, user_id)
    _staff_has_an_address(facts)
    await service.change_user(uow, person, facts)
    _note(uow, admin, "person.changed", user_id)


async def give_code(uow: UnitOfWork, admin: Principal, user_id: int) -> str:
    """A code with which the person sets a password, so that no administrator knows it; returned this once.

    Whatever gave access before ends now: whoever had it may not have been the person. API tokens stay; they
    are withdrawn one by one. Raises Conflict, Forbidden, NotFound.
    """
    person = await _locked(uow, admin, user_id)
    _not_oneself(admin, user_id)
    if person.email is None:
        raise Conflict("Give the person an e-mail address first, for that is what one logs in with.")
    if person.blocked_at is not None:
        raise Conflict("This person is blocked; let the person in again first.")
    code = new_code()
    person.code = fingerprint(plain_code(code))
    person.code_until = datetime.now(UTC) + CODE_VALID
    person.password_hash = None
    await repository.remove_sessions_of(uow.session, user_id)
    _note(uow, admin, "person.code", user_id)
    return code


async def block(uow: UnitOfWork, admin: Principal, user_id: int) -> None:
    """Let a person in no more: sessions end, tokens are withdrawn. Raises Conflict, Forbidden, NotFound."""
    person = await _locked(uow, admin, user_id)
    _not_oneself(admin, user_id)
    person.blocked_at = person.blocked_at or datetime.now(UTC)
    person.code = person.code_until = None
    await repository.remove_sessions_of(uow.session, user_id)
    await repository.revoke_tokens_of(uow.session, user_id)
    _note(uow, admin, "person.blocked", user_id)


async def unblock(uow: UnitOfWork, admin: Principal, user_id: int) -> None:
    """Let a person in again, with the password of before. Raises Forbidden, NotFound."""
    person = await _locked(uow, admin, user_id)
    person.blocked_at = None
    _note(uow, admin, "person.unblocked", user_id)


async def log_out_everywhere(uow: UnitOfWork, admin: Principal, user_id: int) -> None:
    """End all login sessions of a person. Raises NotFound."""
    await found(uow.session, admin, user_id)
    await repository.remove_sessions_of(uow.session, user_id)
    _note(uow, admin, "person.logged_out", user_id)


async def revoke_token(uow: UnitOfWork, admin: Principal, user_id: int, token_id: int) -> None:
    """Withdraw a token of a person at once. Raises NotFound."""
    await found(uow.session, admin, user_id)
    await service.revoke_token(uow, user_id, token_id)
    _note(uow, admin, "person.token_revoked", user_id)


async def _locked(uow: UnitOfWork, admin: Principal, user_id: int) -> User:
    """1. All administrators are locked, so that two who demote each other come one after the other.
    2. Who lost the role meanwhile changes nothing. 3. The person is locked.
    """
    if admin.user_id not in await repository.lock_admins(uow.session, admin.school_id):
        raise Forbidden("You are no administrator any more.")
    person = await repository.lock_user(uow.session, admin.school_id, user_id)
    if person is None:
        raise NotFound("There is no such person.")
    return person


def _not_oneself(admin: Principal, user_id: int) -> None:
    if user_id == admin.user_id:
        raise Conflict("Ask another administrator to do this with your own account.", code="own_account")


def _staff_has_an_address(facts: Facts) -> None:
    if facts.role != "pupil" and not facts.email:
        raise BadInput("Staff need an e-mail address to log in with.", field="email", code="needed")


def _note(uow: UnitOfWork, admin: Principal, action: str, user_id: int) -> None:
    uow.session.add(
        AuditEvent(
            school_id=admin.school_id, actor_id=admin.user_id, action=action, subject=f"user:{user_id}"
        )
    )
