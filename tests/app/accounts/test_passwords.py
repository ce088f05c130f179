"""Hashing: what is stored, when it is renewed, and that production's parameters hold."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from app.accounts.passwords import MAX_LENGTH, MIN_LENGTH, Passwords, production_hasher
from app.core.errors import BadInput
from tests.support.web import cheap_hasher


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    """With a cheap hasher."""
    made = Passwords(cheap_hasher())
    yield made
    made.close()


async def test_a_hash_is_salted_and_verifies(passwords: Passwords) -> None:
    one, two = await passwords.hash("een goed wachtwoord"), await passwords.hash("een goed wachtwoord")
    assert one != two
    assert (await passwords.verify("een goed wachtwoord", one)).right
    assert not (await passwords.verify("een ander wachtwoord", one)).right


@pytest.mark.parametrize("length", [MIN_LENGTH - 1, MAX_LENGTH + 1])
async def test_too_short_and_too_long_are_refused(passwords: Passwords, length: int) -> None:
    with pytest.raises(BadInput) as caught:
        await passwords.hash("x" * length)
    assert caught.value.field == "password"


async def test_the_end_of_a_long_password_counts(passwords: Passwords) -> None:
    stored = await passwords.hash("x" * MAX_LENGTH)
    assert not (await passwords.verify("x" * (MAX_LENGTH + 1), stored)).right


async def test_an_outdated_hash_is_replaced_at_login(passwords: Passwords) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash("een goed wachtwoord")
    verification = await passwords.verify("een goed wachtwoord", old)
    assert verification.right
    assert verification.new_hash is not None
    assert (await passwords.verify("een goed wachtwoord", verification.new_hash)).new_hash is None


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$v=19$broken"])
async def test_a_damaged_hash_lets_nobody_in(passwords: Passwords, stored: str) -> None:
    assert not (await passwords.verify("plain text", stored)).right


def test_production_hashes_as_owasp_asks() -> None:
    used = extract_parameters(production_hasher().hash("een goed wachtwoord"))
    assert (used.type.name, used.time_cost, used.memory_cost) == ("ID", 2, 19_456)
