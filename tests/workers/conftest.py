"""A Valkey of its own for each test here, to be killed, stalled and filled up; and settings that name it."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from app.embedded.valkey import find_valkey
from app.settings import Settings, load
from tests.support.eventually import eventually


class OwnValkey:
    """A server that a test may do anything to."""

    def __init__(self, home: Path) -> None:
        self._server = find_valkey(home)
        self._server.start()
        self.url = self._server.url
        self.broker_url = self.url.replace("db=0", "db=1")
        self.broker = redis.Redis.from_url(self.broker_url)
        """A client on the database that the broker uses."""
        self.client = redis.Redis.from_url(self.url)
        """A client on the other one, where the tests' actors leave their notes."""

    async def kill(self) -> None:
        """kill -9; what it held is lost."""
        self._signal(signal.SIGKILL)
        await eventually(lambda: not self._server.is_running())

    def start(self) -> None:
        """Start it again, at the same address."""
        self._server.start()

    def stall(self) -> None:
        """It accepts connections and answers nothing, until `go_on`."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        self._signal(signal.SIGCONT)

    def calls(self, command: str) -> int:
        """How often a command was called so far."""
        stats = self.broker.info("commandstats")
        return int(stats.get(f"cmdstat_{command}", {}).get("calls", 0))

    def blocked(self) -> int:
        """How many clients wait in a blocking command."""
        return int(self.broker.info("clients")["blocked_clients"])

    def clean_up(self) -> None:
        """End it, whatever state it is in."""
        self.broker.close()
        self.client.close()
        if self._server.is_running():
            self._signal(signal.SIGKILL)
        shutil.rmtree(self._server.socket.parent, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        os.kill(int((self._server.folder / "pid").read_text()), number)


@pytest.fixture
def own_valkey() -> Iterator[OwnValkey]:
    """See the class."""
    with tempfile.TemporaryDirectory(prefix="terugblik-test-") as home:
        server = OwnValkey(Path(home))
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
