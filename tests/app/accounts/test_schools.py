"""Schools."""

import pytest

from app.accounts import schools
from app.core.errors import BadInput, Conflict
from tests.app.accounts.conftest import Accounts


async def test_a_school_is_made_once(accounts: Accounts) -> None:
    with pytest.raises(Conflict) as caught:
        async with accounts.units() as uow:
            await schools.create(uow, slug="de-brug", name="Nog een")
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
        async with accounts.units() as uow:
            await schools.create(uow, **values)  # type: ignore[arg-type]
    assert caught.value.field == field
