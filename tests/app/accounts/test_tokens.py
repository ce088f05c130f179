"""API tokens."""

import pytest

from app.accounts import tokens
from app.core.errors import NotFound
from tests.app.accounts.conftest import Accounts


async def test_a_token_works_until_it_is_withdrawn(accounts: Accounts) -> None:
    owner = accounts.cast.owner
    async with accounts.units() as uow:
        made = await tokens.create(uow, accounts.cast.admin.principal, owner.id, "rooster")
    assert made.secret.startswith(tokens.PREFIX)
    found = await accounts.who("token", made.secret)
    assert found is not None
    assert (found.user_id, found.session_key) == (owner.id, None)
    async with accounts.units() as uow:
        assert made.token_id in {one.id for one in await tokens.list_active(uow.session, owner.id)}
        await tokens.revoke(uow, accounts.cast.admin.principal, owner.id, made.token_id)
    assert await accounts.who("token", made.secret) is None
    with pytest.raises(NotFound):
        async with accounts.units() as uow:
            await tokens.revoke(uow, accounts.cast.admin.principal, owner.id, made.token_id)


async def test_nobody_withdraws_another_persons_token(accounts: Accounts) -> None:
    async with accounts.units() as uow:
        made = await tokens.create(uow, accounts.cast.admin.principal, accounts.cast.owner.id, "rooster")
    with pytest.raises(NotFound):
        async with accounts.units() as uow:
            await tokens.revoke(uow, accounts.cast.admin.principal, accounts.cast.colleague.id, made.token_id)
    assert await accounts.who("token", made.secret) is not None
