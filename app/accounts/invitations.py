"""Invitations: one-time codes with which users set their password, so that nobody else knows it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.accounts import administration, login_repository, sessions_repository, users_repository
from app.accounts.login import LoginAttempt, admit, failure_key
from app.accounts.models import User
from app.accounts.passwords import Passwords
from app.accounts.principal import Principal
from app.audit.actions import Action
from app.audit.service import Actor, UserActor, note
from app.core.errors import Conflict, NotLoggedIn
from app.core.ids import fingerprint, new_code, plain_code
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory

CODE_VALIDITY = timedelta(days=7)
"""Long enough to hand a code out at the next lesson."""


async def create(uow: UnitOfWork, admin: Principal, user_id: int) -> str:
    """Make a code with which the user sets a password; the code before it stops working.

    The user's password and login sessions end, because somebody else may have had them. API tokens stay;
    each is revoked on its own. The code is returned this once: the database holds its fingerprint.
    Raises Conflict, Forbidden, NotFound.
    """
    user = await administration.lock_user(uow, admin, user_id)
    administration.refuse_own_account(admin, user_id)
    return await issue(uow, admin, user)


async def issue(uow: UnitOfWork, actor: Actor, user: User) -> str:
    """As `create`, for a user that the caller has read and may invite. Raises Conflict."""
    if user.email is None:
        raise Conflict("Give the person an e-mail address first, for that is what one logs in with.")
    if user.blocked_at is not None:
        raise Conflict("This person is blocked; let the person in again first.")
    code = new_code()
    user.code = fingerprint(plain_code(code))
    user.code_until = datetime.now(UTC) + CODE_VALIDITY
    user.password_hash = None
    await sessions_repository.remove_of_user(uow.session, user.id)
    note(uow, actor, Action.PERSON_CODE_MADE, ("user", user.id))
    return code


async def redeem(units: UnitOfWorkFactory, passwords: Passwords, attempt: LoginAttempt, code: str) -> None:
    """Use a code up; `attempt.password` becomes the password. Failures count together with those of logins.

    Raises BadInput for the password, NotLoggedIn (code `wrong_code`, the same for an unknown address, a wrong
    code and an expired one), TooManyRequests and Unavailable.

    1. Count earlier failures and note this attempt as one, as a login does. 2. Compute the hash while no
    connection is held. 3. Replace the password where the code fits. No row moved: the failure stays.
    """
    passwords.check(attempt.password)
    attempt = replace(attempt, email=attempt.email.strip().lower())
    account = failure_key("account", attempt.email)
    async with units() as uow:
        candidate = await admit(uow.session, account, attempt)
    password_hash = await passwords.hash(attempt.password)
    async with units() as uow:
        given = fingerprint(plain_code(code))
        school_id = await users_repository.redeem_code(uow.session, candidate.user_id, given, password_hash)
        if school_id is None:
            raise NotLoggedIn("This e-mail address and code do not belong together.", code="wrong_code")
        await login_repository.remove_failures(uow.session, account, candidate.failures)
        await sessions_repository.remove_of_user(uow.session, candidate.user_id)
        user = UserActor(school_id, candidate.user_id)
        note(uow, user, Action.PERSON_CODE_REDEEMED, ("user", candidate.user_id))
