"""The cast in a fresh database, without a web application."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts import authentication
from app.accounts.passwords import Passwords
from app.accounts.principal import Credential, CredentialKind, Principal
from app.core.db import make_engine
from app.core.unit_of_work import UnitOfWorkFactory
from app.settings import Settings
from tests.support.cast import PASSWORD, Cast, make_cast
from tests.support.web import cheap_hasher, open_units


class CountingHasher(PasswordHasher):
    """Counts what it computes."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """As the library's, counted."""
        self.verified += 1
        return super().verify(hash, password)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the functions of the module take."""

    units: UnitOfWorkFactory
    engine: AsyncEngine
    cast: Cast
    passwords: Passwords
    hasher: CountingHasher

    async def who(self, kind: CredentialKind, secret: str) -> Principal | None:
        """The principal of a cookie or token."""
        return await authentication.authenticate(self.engine, Credential.from_secret(kind, secret))


@pytest.fixture
async def accounts(settings: Settings) -> AsyncIterator[Accounts]:
    """The cast, whose password is PASSWORD, and a hasher that counts."""
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    engine = make_engine(settings.database, "test")
    async with open_units(settings) as units:
        cast = await make_cast(units, cheap_hasher().hash(PASSWORD))
        yield Accounts(units, engine, cast, passwords, hasher)
    passwords.close()
    await engine.dispose()
