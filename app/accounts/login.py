"""Logging in and out: guesses slowed down, secrets handed out once, only fingerprints stored."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts import repository
from app.accounts.passwords import Passwords
from app.accounts.principal import Credential, Principal
from app.core.errors import NotLoggedIn, TooManyRequests
from app.core.ids import fingerprint, new_secret
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory

WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT = 10
"""Guesses at one account within the window. NIST SP 800-63B section 5.2.2 allows up to a hundred."""

ADDRESS_LIMIT = 100
"""Guesses from one address within the window: a whole school may sit behind one."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody sent to log in. `address` is the client's; `user_agent` helps to recognise a session."""

    email: str
    password: str
    address: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The person that a login claims to be (`user_id` 0: nobody), and the failures noted beforehand."""

    user_id: int
    password_hash: str | None
    failures: list[int]


async def log_in(
    units: UnitOfWorkFactory, passwords: Passwords, attempt: Attempt, *, lifetime: timedelta
) -> str:
    """Check a password and open a login session; answers the secret for the cookie.

    Raises NotLoggedIn (code `wrong_login`, the same for an unknown address and a wrong password),
    TooManyRequests (code `too_many_logins`) and Unavailable.

    1. Count earlier failures and note this one in advance, under a lock on account and address, so that
       guesses sent at the same moment are counted too.
    2. Compute the hash with no database connection held; the same work is done for unknown people.
    3. Right: take the failures back and open the session. Wrong: they stay.
    """
    account = failure_key("account", attempt.email.strip().lower())
    async with units() as unit:
        candidate = await admit(unit.session, account, attempt)
    verdict = await passwords.verify(attempt.password, candidate.password_hash)
    if not verdict.right:
        raise NotLoggedIn("This e-mail address and password do not belong together.", code="wrong_login")
    secret = new_secret()
    async with units() as unit:
        if verdict.new_hash is not None:
            await repository.set_password_hash(unit.session, candidate.user_id, verdict.new_hash)
        await repository.remove_failures(unit.session, account, candidate.failures)
        await repository.remove_expired(unit.session, WINDOW)
        await repository.add_session(
            unit.session, fingerprint(secret), candidate.user_id, lifetime, attempt.user_agent
        )
    return secret


async def admit(session: AsyncSession, account: str, attempt: Attempt) -> Candidate:
    """Count earlier failures and note this one in advance; see `log_in`. Raises TooManyRequests."""
    limits = {account: ACCOUNT_LIMIT, failure_key("address", attempt.address): ADDRESS_LIMIT}
    keys = list(limits)
    await repository.lock_keys(session, keys)
    failures = await repository.count_failures(session, keys, WINDOW)
    if any(failures.get(key, 0) >= limit for key, limit in limits.items()):
        minutes = WINDOW // timedelta(minutes=1)
        raise TooManyRequests(
            f"Too many attempts to log in; wait {minutes} minutes and try again.",
            retry_after=int(WINDOW.total_seconds()),
            code="too_many_logins",
        )
    noted = await repository.add_failures(session, keys)
    user = await repository.user_by_email(session, attempt.email.strip().lower())
    if user is None or user.blocked_at is not None:
        return Candidate(user_id=0, password_hash=None, failures=noted)
    return Candidate(user_id=user.id, password_hash=user.password_hash, failures=noted)


def failure_key(kind: str, value: str) -> str:
    """Hashed, because people type their password into the wrong field."""
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()}"


async def log_out(uow: UnitOfWork, principal: Principal) -> None:
    """End the login session that the person uses now; an API token stays as it is."""
    if principal.session_key is not None:
        await repository.remove_session(uow.session, bytes.fromhex(principal.session_key))


async def log_out_everywhere(uow: UnitOfWork, user_id: int) -> None:
    """End all login sessions of a person; API tokens are withdrawn one by one."""
    await repository.remove_sessions_of(uow.session, user_id)


async def who_has(engine: AsyncEngine, credential: Credential) -> Principal | None:
    """Whose cookie or API token this is; None when it is unknown, has ended or was withdrawn."""
    find = repository.by_session if credential.kind == "session" else repository.by_token
    async with engine.connect() as connection:
        return await find(connection, credential.fingerprint)


async def who_still_has(
    session: AsyncSession, credentials: Collection[Credential]
) -> dict[Credential, Principal]:
    """As `who_has`, for many at once, with one statement for each kind."""
    found: dict[Credential, Principal] = {}
    if cookies := [one.fingerprint for one in credentials if one.kind == "session"]:
        people = await repository.by_sessions(session, cookies)
        found |= {Credential("session", shown): person for shown, person in people.items()}
    if tokens := [one.fingerprint for one in credentials if one.kind == "token"]:
        people = await repository.by_tokens(session, tokens)
        found |= {Credential("token", shown): person for shown, person in people.items()}
    return found


async def forget_expired(uow: UnitOfWork) -> None:
    """Forget dead login sessions and old failures, also where nobody logs in any more."""
    await repository.remove_expired(uow.session, WINDOW)
