"""Administrators who act at the same time: one is always left."""

import asyncio
from dataclasses import replace

from app.accounts import administration
from app.accounts.models import User
from app.accounts.principal import Principal
from app.accounts.users import Profile
from app.core.errors import Conflict, Forbidden
from tests.app.accounts.conftest import Accounts


async def two_administrators(accounts: Accounts) -> tuple[Principal, Principal]:
    """The administrator of the cast, and a colleague who is one too."""
    async with accounts.units() as uow:
        (await uow.session.get_one(User, accounts.cast.colleague.id)).role = "admin"
    second = replace(accounts.cast.colleague.principal, role="admin")
    return accounts.cast.admin.principal, second


async def test_two_who_demote_or_block_each_other_at_once_leave_one(accounts: Accounts) -> None:
    first, second = await two_administrators(accounts)
    together = asyncio.Barrier(2)

    async def demote(one: Principal, other: Principal) -> str:
        try:
            async with accounts.units() as uow:
                await uow.session.connection()
                await together.wait()
                facts = Profile("teacher", f"{other.user_id}@brug.example", "Was", "", "Beheerder")
                await administration.change(uow, one, other.user_id, facts)
        except Forbidden:
            return "refused"
        return "done"

    async def block(one: Principal, other: Principal) -> str:
        try:
            async with accounts.units() as uow:
                await uow.session.connection()
                await together.wait()
                await administration.block(uow, one, other.user_id)
        except Forbidden:
            return "refused"
        return "done"

    for act in (demote, block):
        said = await asyncio.gather(act(first, second), act(second, first))
        assert sorted(said) == ["done", "refused"]
        async with accounts.units() as uow:
            for one in (first, second):
                person = await uow.session.get_one(User, one.user_id)
                person.role, person.blocked_at = "admin", None


async def test_two_people_do_not_get_one_address(accounts: Accounts) -> None:
    admin = accounts.cast.admin.principal
    together = asyncio.Barrier(2)

    async def rename(user_id: int) -> str:
        try:
            async with accounts.units() as uow:
                await uow.session.connection()
                await together.wait()
                await administration.change(
                    uow, admin, user_id, Profile("pupil", "same@brug.example", "Zelfde")
                )
        except Conflict:
            return "refused"
        return "done"

    students = (accounts.cast.student.id, accounts.cast.third.id)
    assert sorted(await asyncio.gather(*map(rename, students))) == ["done", "refused"]
