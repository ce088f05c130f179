"""A Valkey of its own for each test here, to be killed, stalled and filled up; and settings that name it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.valkey import find_valkey
from app.settings import Settings, load
from tests.support.own_valkey import OwnValkey


@pytest.fixture
def own_valkey() -> Iterator[OwnValkey]:
    """A server of its own."""
    with tempfile.TemporaryDirectory(prefix="terugblik-test-") as home:
        server = OwnValkey(find_valkey(Path(home)))
        try:
            yield server
        finally:
            server.clean_up()


@pytest.fixture
def own_environ(own_valkey: OwnValkey) -> dict[str, str]:
    """The environment of a worker process that uses this Valkey and no database."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": own_valkey.url,
        "SECRET_KEY": "only-for-tests-" + "0" * 32,
        "LOG_FORMAT": "text",
    }


@pytest.fixture
def own_settings(own_environ: dict[str, str]) -> Settings:
    """The settings of that environment."""
    return load(own_environ)
