"""Schools, people and API tokens."""

import pytest

from app.accounts import login, service
from app.accounts.principal import Credential
from app.accounts.service import NewPerson
from app.core.errors import BadInput, Conflict, NotFound
from tests.app.accounts.conftest import Accounts
from tests.support.cast import PASSWORD


def person(email: str | None = "new@brug.example", given: str = "Nina") -> NewPerson:
    """Somebody new."""
    return NewPerson(role="pupil", email=email, given_name=given)


async def test_a_school_is_made_once(accounts: Accounts) -> None:
    with pytest.raises(Conflict) as caught:
        async with accounts.units() as unit:
            await service.create_school(unit, slug="de-brug", name="Nog een")
    assert caught.value.field == "slug"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"slug": "De Brug", "name": "x"}, "slug"),
        ({"slug": "-x", "name": "x"}, "slug"),
        ({"slug": "x", "name": " "}, "name"),
        ({"slug": "x", "name": "x", "time_zone": "Europe/Nowhere"}, "time_zone"),
        ({"slug": "x", "name": "x", "time_zone": "../etc/passwd"}, "time_zone"),
    ],
)
async def test_a_school_needs_a_name_and_a_zone(
    accounts: Accounts, values: dict[str, str], field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        async with accounts.units() as unit:
            await service.create_school(unit, **values)  # type: ignore[arg-type]
    assert caught.value.field == field


async def test_an_address_belongs_to_one_person_over_all_schools(accounts: Accounts) -> None:
    taken = person(accounts.cast.owner.email.upper())
    with pytest.raises(Conflict):
        async with accounts.units() as unit:
            await service.create_user(unit, accounts.cast.other_school_id, taken)


async def test_a_person_is_found_by_address_whatever_its_case(accounts: Accounts) -> None:
    async with accounts.units() as unit:
        made = await service.create_user(unit, accounts.cast.school_id, person(" New@Brug.Example"))
    async with accounts.units() as unit:
        found = await service.find_by_email(unit.session, "NEW@brug.example ")
        assert found is not None
        assert (found.id, found.email) == (made.id, "new@brug.example")
        assert await service.find_by_email(unit.session, "other@brug.example") is None


@pytest.mark.parametrize("email", ["no address", "a@b", "@b.nl", "a b@c.nl", "x" * 250 + "@b.nl"])
async def test_what_is_no_address_is_refused(accounts: Accounts, email: str) -> None:
    with pytest.raises(BadInput):
        async with accounts.units() as unit:
            await service.create_user(unit, accounts.cast.school_id, person(email))


async def test_people_are_listed_per_school_and_role(accounts: Accounts) -> None:
    async with accounts.units() as unit:
        teachers = await service.list_users(unit.session, accounts.cast.school_id, "teacher")
        everybody = await service.list_users(unit.session, accounts.cast.other_school_id)
    assert {one.id for one in teachers} == {accounts.cast.owner.id, accounts.cast.colleague.id}
    assert accounts.cast.stranger.id in {one.id for one in everybody}
    assert accounts.cast.owner.id not in {one.id for one in everybody}


async def test_a_new_password_works_and_ends_all_sessions(accounts: Accounts) -> None:
    owner = accounts.cast.owner
    await service.set_password(
        accounts.units,
        accounts.passwords,
        school_id=accounts.cast.school_id,
        user_id=owner.id,
        password="een ander wachtwoord",
    )
    assert await login.who_has(accounts.engine, Credential.of("session", owner.cookie)) is None
    async with accounts.units() as unit:
        user = await service.find_by_email(unit.session, owner.email)
    assert user is not None
    assert (await accounts.passwords.verify("een ander wachtwoord", user.password_hash)).right
    assert not (await accounts.passwords.verify(PASSWORD, user.password_hash)).right


async def test_nobody_sets_a_password_at_another_school(accounts: Accounts) -> None:
    with pytest.raises(NotFound):
        await service.set_password(
            accounts.units,
            accounts.passwords,
            school_id=accounts.cast.other_school_id,
            user_id=accounts.cast.owner.id,
            password="een ander wachtwoord",
        )


async def test_a_token_works_until_it_is_withdrawn(accounts: Accounts) -> None:
    owner = accounts.cast.owner
    async with accounts.units() as unit:
        made = await service.create_token(unit, owner.id, "rooster")
    assert made.secret.startswith(service.MARK)
    found = await login.who_has(accounts.engine, Credential.of("token", made.secret))
    assert found is not None
    assert (found.user_id, found.session_key) == (owner.id, None)
    async with accounts.units() as unit:
        assert made.token_id in {one.id for one in await service.list_tokens(unit.session, owner.id)}
        await service.revoke_token(unit, owner.id, made.token_id)
    assert await login.who_has(accounts.engine, Credential.of("token", made.secret)) is None
    with pytest.raises(NotFound):
        async with accounts.units() as unit:
            await service.revoke_token(unit, owner.id, made.token_id)


async def test_nobody_withdraws_another_persons_token(accounts: Accounts) -> None:
    async with accounts.units() as unit:
        made = await service.create_token(unit, accounts.cast.owner.id, "rooster")
    with pytest.raises(NotFound):
        async with accounts.units() as unit:
            await service.revoke_token(unit, accounts.cast.colleague.id, made.token_id)
    assert await login.who_has(accounts.engine, Credential.of("token", made.secret)) is not None
