"""Users: adding, finding and listing them, and setting a password."""

import pytest

from app.accounts import users
from app.accounts.users import NewUser
from app.core.errors import BadInput, Conflict, NotFound
from tests.app.accounts.conftest import Accounts
from tests.support.cast import PASSWORD


def person(email: str | None = "new@brug.example", given: str = "Nina") -> NewUser:
    """Somebody new."""
    return NewUser(role="pupil", email=email, given_name=given)


async def test_an_address_belongs_to_one_person_over_all_schools(accounts: Accounts) -> None:
    taken = person(accounts.cast.owner.email.upper())
    with pytest.raises(Conflict):
        async with accounts.units() as uow:
            await users.create(uow, accounts.cast.stranger_admin.principal, taken)


async def test_a_person_is_found_by_address_whatever_its_case(accounts: Accounts) -> None:
    async with accounts.units() as uow:
        made = await users.create(uow, accounts.cast.admin.principal, person(" New@Brug.Example"))
    async with accounts.units() as uow:
        found = await users.find_by_email(uow.session, "NEW@brug.example ")
        assert found is not None
        assert (found.id, found.email) == (made.id, "new@brug.example")
        assert await users.find_by_email(uow.session, "other@brug.example") is None


@pytest.mark.parametrize("email", ["no address", "a@b", "@b.nl", "a b@c.nl", "x" * 250 + "@b.nl"])
async def test_what_is_no_address_is_refused(accounts: Accounts, email: str) -> None:
    with pytest.raises(BadInput):
        async with accounts.units() as uow:
            await users.create(uow, accounts.cast.admin.principal, person(email))


async def test_people_are_listed_per_school_and_role(accounts: Accounts) -> None:
    async with accounts.units() as uow:
        teachers = await users.list_of_school(uow.session, accounts.cast.school_id, "teacher")
        everybody = await users.list_of_school(uow.session, accounts.cast.other_school_id)
    assert {one.id for one in teachers} == {accounts.cast.owner.id, accounts.cast.colleague.id}
    assert accounts.cast.stranger.id in {one.id for one in everybody}
    assert accounts.cast.owner.id not in {one.id for one in everybody}


async def test_a_new_password_works_and_ends_all_sessions(accounts: Accounts) -> None:
    owner = accounts.cast.owner
    await users.set_password(
        accounts.units,
        accounts.passwords,
        accounts.cast.admin.principal,
        owner.id,
        "een ander wachtwoord",
    )
    assert await accounts.who("session", owner.cookie) is None
    async with accounts.units() as uow:
        user = await users.find_by_email(uow.session, owner.email)
    assert user is not None
    assert (await accounts.passwords.verify("een ander wachtwoord", user.password_hash)).right
    assert not (await accounts.passwords.verify(PASSWORD, user.password_hash)).right


async def test_nobody_sets_a_password_at_another_school(accounts: Accounts) -> None:
    with pytest.raises(NotFound):
        await users.set_password(
            accounts.units,
            accounts.passwords,
            accounts.cast.stranger_admin.principal,
            accounts.cast.owner.id,
            "een ander wachtwoord",
        )
