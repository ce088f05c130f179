"""Logging in: the password is checked, guesses are limited, and a session is opened."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import login_repository, sessions_repository, users_repository
from app.accounts.passwords import Passwords
from app.core.db import lock_keys
from app.core.errors import NotLoggedIn, TooManyRequests
from app.core.ids import fingerprint, new_secret
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory

FAILURE_WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT = 10
"""Failures of one account within the window. NIST SP 800-63B section 5.2.2 allows up to a hundred."""

ADDRESS_LIMIT = 100
"""Failures from one address within the window: a whole school may sit behind one."""


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """What a client sent to log in. `address` is the client's; `user_agent` helps to recognise a session."""

    email: str
    password: str
    address: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The user that an attempt names (`user_id` 0: nobody), and the ids of the failures noted in advance."""

    user_id: int
    password_hash: str | None
    failures: list[int]


async def log_in(
    units: UnitOfWorkFactory, passwords: Passwords, attempt: LoginAttempt, *, lifetime: timedelta
) -> str:
    """Check a password and open a login session that ends after `lifetime`; returns the cookie's secret.

    Raises NotLoggedIn (code `wrong_login`, the same for an unknown address and a wrong password),
    TooManyRequests (code `too_many_logins`) and Unavailable.

    1. Count earlier failures and note this attempt as one, under a lock on account and address, so that
       attempts sent at the same time count too.
    2. Compute the hash while no connection is held; for an unknown user the same work is done.
    3. Right: delete the failures and open the session. Wrong: they stay.
    """
    account = failure_key("account", attempt.email.strip().lower())
    async with units() as uow:
        candidate = await admit(uow.session, account, attempt)
    verification = await passwords.verify(attempt.password, candidate.password_hash)
    if not verification.right:
        raise NotLoggedIn("This e-mail address and password do not belong together.", code="wrong_login")
    secret = new_secret()
    async with units() as uow:
        if verification.new_hash is not None:
            await users_repository.set_password_hash(uow.session, candidate.user_id, verification.new_hash)
        await login_repository.remove_failures(uow.session, account, candidate.failures)
        await delete_expired(uow)
        await sessions_repository.add(
            uow.session, fingerprint(secret), candidate.user_id, lifetime, attempt.user_agent
        )
    return secret


async def admit(session: AsyncSession, account: str, attempt: LoginAttempt) -> Candidate:
    """Count earlier failures and note this attempt as one: step 1 of `log_in`. Raises TooManyRequests.

    `account` is the failure key of the account. A blocked user is treated as unknown.
    """
    limits = {account: ACCOUNT_LIMIT, failure_key("address", attempt.address): ADDRESS_LIMIT}
    keys = list(limits)
    await lock_keys(session, keys)
    failures = await login_repository.count_failures(session, keys, FAILURE_WINDOW)
    if any(failures.get(key, 0) >= limit for key, limit in limits.items()):
        minutes = FAILURE_WINDOW // timedelta(minutes=1)
        raise TooManyRequests(
            f"Too many attempts to log in; wait {minutes} minutes and try again.",
            retry_after=int(FAILURE_WINDOW.total_seconds()),
            code="too_many_logins",
        )
    noted = await login_repository.add_failures(session, keys)
    user = await users_repository.by_email(session, attempt.email.strip().lower())
    if user is None or user.blocked_at is not None:
        return Candidate(user_id=0, password_hash=None, failures=noted)
    return Candidate(user_id=user.id, password_hash=user.password_hash, failures=noted)


def failure_key(kind: str, value: str) -> str:
    """The key under which failures are counted. Hashed, because people type passwords into wrong fields."""
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()}"


async def delete_expired(uow: UnitOfWork) -> None:
    """Delete login sessions that have expired and failures that no longer count."""
    await sessions_repository.delete_expired(uow.session)
    await login_repository.delete_old_failures(uow.session, FAILURE_WINDOW)
