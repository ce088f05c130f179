"""Setting the own password with a code that an administrator handed out."""

from dataclasses import replace

from app.accounts import repository
from app.accounts.login import Attempt, admit, failure_key
from app.accounts.passwords import Passwords
from app.core.errors import NotLoggedIn
from app.core.ids import fingerprint, plain_code
from app.core.unit_of_work import UnitOfWorkFactory


async def set_own_password(
    units: UnitOfWorkFactory, passwords: Passwords, attempt: Attempt, code: str
) -> None:
    """Use a code up; `attempt.password` is the new password. Guesses count together with those at passwords.

    Raises BadInput for the password, NotLoggedIn (code `wrong_code`, the same for an unknown address, a wrong
    code and one that is too old), TooManyRequests and Unavailable.

    1. Count earlier failures and note this one in advance, as for a login. 2. Compute the hash with no
    connection held. 3. Replace the password where the code fits. No row moved: the failure stays.
    """
    passwords.check(attempt.password)
    attempt = replace(attempt, email=attempt.email.strip().lower())
    account = failure_key("account", attempt.email)
    async with units() as unit:
        candidate = await admit(unit.session, account, attempt)
    hashed = await passwords.hash(attempt.password)
    async with units() as unit:
        given = fingerprint(plain_code(code))
        if not await repository.use_code(unit.session, candidate.user_id, given, hashed):
            raise NotLoggedIn("This e-mail address and code do not belong together.", code="wrong_code")
        await repository.remove_failures(unit.session, account, candidate.failures)
        await repository.remove_sessions_of(unit.session, candidate.user_id)
