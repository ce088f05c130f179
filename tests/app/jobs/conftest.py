"""Units of work on a fresh database with a real Valkey."""

from collections.abc import AsyncIterator

import pytest

from app.core.unit_of_work import UnitOfWorkFactory
from app.settings import Settings
from tests.support.web import open_units
from workers.dispatch import RedisDispatcher


@pytest.fixture
async def units(settings: Settings) -> AsyncIterator[UnitOfWorkFactory]:
    """Units of work that wake and publish for real."""
    async with open_units(settings) as opened:
        yield opened


@pytest.fixture
async def dispatcher(settings: Settings) -> AsyncIterator[RedisDispatcher]:
    """To count wake-ups that wait."""
    made = RedisDispatcher(settings.redis)
    yield made
    await made.close()
