"""One-time codes: who makes them, and what redeeming one does."""

import asyncio

from sqlalchemy import select

from app.accounts import invitations
from app.accounts.login import LoginAttempt
from app.audit.models import AuditEvent
from app.core.errors import NotLoggedIn
from tests.app.accounts.conftest import Accounts


async def test_a_code_is_used_by_one_of_two_at_the_same_time(accounts: Accounts) -> None:
    async with accounts.units() as uow:
        code = await invitations.create(uow, accounts.cast.admin.principal, accounts.cast.owner.id)

    async def use(password: str) -> str:
        attempt = LoginAttempt(accounts.cast.owner.email, password, "192.0.2.1")
        try:
            await invitations.redeem(accounts.units, accounts.passwords, attempt, code)
        except NotLoggedIn:
            return "refused"
        return "set"

    said = await asyncio.gather(*(use(f"wachtwoord nummer {number}") for number in range(4)))
    assert sorted(said) == ["refused", "refused", "refused", "set"]
    async with accounts.units() as uow:
        events = await uow.session.execute(
            select(AuditEvent.actor_id, AuditEvent.action, AuditEvent.subject).order_by(AuditEvent.id)
        )
    owner, admin = accounts.cast.owner.id, accounts.cast.admin.id
    assert events.all() == [
        (admin, "person.code", f"user:{owner}"),
        (owner, "person.code_redeemed", f"user:{owner}"),
    ]
