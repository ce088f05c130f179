"""Logging in: right and wrong, guesses slowed down, sessions that end."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, literal, select, update

from app.accounts import login, sessions
from app.accounts.login import ACCOUNT_LIMIT, ADDRESS_LIMIT, FAILURE_WINDOW, LoginAttempt
from app.accounts.models import LoginFailure, LoginSession, User
from app.core.errors import AppError, NotLoggedIn, TooManyRequests
from app.core.ids import fingerprint
from tests.app.accounts.conftest import Accounts
from tests.support.cast import PASSWORD

HOUR = timedelta(hours=1)


async def attempt(
    accounts: Accounts, email: str, password: str = PASSWORD, address: str = "192.0.2.1"
) -> str:
    """Log in; answers the secret of the cookie."""
    given = LoginAttempt(email, password, address, "pytest")
    return await login.log_in(accounts.units, accounts.passwords, given, lifetime=HOUR)


async def outcome(accounts: Accounts, email: str, password: str, address: str = "192.0.2.1") -> str:
    """`in`, or the code of the refusal."""
    try:
        await attempt(accounts, email, password, address)
    except AppError as error:
        return error.code
    return "in"


async def test_the_right_password_opens_a_session(accounts: Accounts) -> None:
    owner = accounts.cast.owner
    secret = await attempt(accounts, f" {owner.email.upper()} ")
    found = await accounts.who("session", secret)
    assert found is not None
    assert (found.user_id, found.role, found.name) == (owner.id, "teacher", "Olga de Wit")
    assert found.session_key == fingerprint(secret).hex()


async def test_the_database_holds_no_secret(accounts: Accounts) -> None:
    secret = await attempt(accounts, accounts.cast.owner.email)
    async with accounts.units() as uow:
        stored = await uow.session.scalars(select(LoginSession.fingerprint))
    assert secret.encode() not in b"".join(stored)


async def test_wrong_and_unknown_are_answered_alike_and_cost_the_same(accounts: Accounts) -> None:
    said = []
    for email in (accounts.cast.owner.email, "nobody@brug.example"):
        before = accounts.hasher.verified
        with pytest.raises(NotLoggedIn) as caught:
            await attempt(accounts, email, "not the password")
        said.append((caught.value.code, caught.value.detail, accounts.hasher.verified - before))
    assert said[0] == said[1]
    assert said[0][2] == 1


async def test_a_person_without_a_password_cannot_log_in(accounts: Accounts) -> None:
    async with accounts.units() as uow:
        of_student = User.id == accounts.cast.student.id
        await uow.session.execute(update(User).where(of_student).values(password_hash=None))
    assert await outcome(accounts, accounts.cast.student.email, "") == "wrong_login"


async def test_guesses_at_an_account_are_stopped_and_the_others_are_not(accounts: Accounts) -> None:
    email = accounts.cast.owner.email
    for number in range(ACCOUNT_LIMIT):
        assert await outcome(accounts, email, f"guess {number}", f"192.0.2.{number}") == "wrong_login"
    before = accounts.hasher.verified
    with pytest.raises(TooManyRequests) as caught:
        await attempt(accounts, email)
    assert int(caught.value.headers["Retry-After"]) > 0
    assert accounts.hasher.verified == before, "a refused guess costs no hash"
    assert await outcome(accounts, accounts.cast.admin.email, PASSWORD) == "in"


async def test_guesses_sent_at_the_same_time_are_counted_too(accounts: Accounts) -> None:
    email = accounts.cast.owner.email
    guesses = [outcome(accounts, email, f"guess {n}", f"192.0.2.{n}") for n in range(3 * ACCOUNT_LIMIT)]
    said = await asyncio.gather(*guesses)
    assert said.count("wrong_login") == ACCOUNT_LIMIT
    assert said.count("too_many_logins") == 2 * ACCOUNT_LIMIT


async def test_guesses_from_an_address_are_stopped(accounts: Accounts) -> None:
    async with accounts.units() as uow:
        key = login.failure_key("address", "192.0.2.1")
        uow.session.add_all(LoginFailure(key=key) for _ in range(ADDRESS_LIMIT))
    assert await outcome(accounts, accounts.cast.owner.email, PASSWORD) == "too_many_logins"
    assert await outcome(accounts, accounts.cast.owner.email, PASSWORD, "192.0.2.2") == "in"


async def test_after_the_window_one_may_try_again(accounts: Accounts) -> None:
    email = accounts.cast.owner.email
    for number in range(ACCOUNT_LIMIT):
        await outcome(accounts, email, f"guess {number}")
    assert await outcome(accounts, email, PASSWORD) == "too_many_logins"
    async with accounts.units() as uow:
        earlier = LoginFailure.at - literal(FAILURE_WINDOW)
        await uow.session.execute(update(LoginFailure).values(at=earlier))
    assert await outcome(accounts, email, PASSWORD) == "in"


async def test_a_login_forgets_the_slips_before_it(accounts: Accounts) -> None:
    email = accounts.cast.owner.email
    for _ in range(3):
        for number in range(ACCOUNT_LIMIT - 1):
            assert await outcome(accounts, email, f"slip {number}", f"192.0.2.{number}") == "wrong_login"
        assert await outcome(accounts, email, PASSWORD) == "in"


async def test_failures_are_stored_without_what_was_typed(accounts: Accounts) -> None:
    await outcome(accounts, "my-password-in-the-wrong-field", "x")
    async with accounts.units() as uow:
        keys = list(await uow.session.scalars(select(LoginFailure.key)))
    assert len(keys) == 2
    assert not any("my-password" in key or "192.0.2" in key for key in keys)


async def test_a_session_ends_by_itself(accounts: Accounts) -> None:
    secret = await attempt(accounts, accounts.cast.owner.email)
    async with accounts.units() as uow:
        passed = LoginSession.expires_at - literal(HOUR)
        await uow.session.execute(update(LoginSession).values(expires_at=passed))
    assert await accounts.who("session", secret) is None


async def test_dead_sessions_are_swept_when_somebody_logs_in(accounts: Accounts) -> None:
    async with accounts.units() as uow:
        await uow.session.execute(update(LoginSession).values(expires_at=func.now()))
    secret = await attempt(accounts, accounts.cast.owner.email)
    async with accounts.units() as uow:
        assert list(await uow.session.scalars(select(LoginSession.fingerprint))) == [fingerprint(secret)]


async def test_logging_out_ends_this_session_and_no_other(accounts: Accounts) -> None:
    owner = accounts.cast.owner
    secret = await attempt(accounts, owner.email)
    principal = await accounts.who("session", secret)
    assert principal is not None
    async with accounts.units() as uow:
        await sessions.log_out(uow, principal)
    assert await accounts.who("session", secret) is None
    assert await accounts.who("session", owner.cookie) is not None


async def test_logging_out_everywhere_ends_all_sessions_of_the_person(accounts: Accounts) -> None:
    owner, admin = accounts.cast.owner, accounts.cast.admin
    secret = await attempt(accounts, owner.email)
    async with accounts.units() as uow:
        await sessions.log_out_everywhere(uow, owner.id)
    assert await accounts.who("session", secret) is None
    assert await accounts.who("session", owner.cookie) is None
    assert await accounts.who("session", admin.cookie) is not None
    assert await accounts.who("token", owner.token) is not None
