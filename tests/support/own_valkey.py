"""A Valkey that a test may do anything to: kill, stall, start again, ask what it was asked."""

import os
import shutil
import signal

import redis

from app.embedded.valkey import Valkey
from tests.support.eventually import eventually


class OwnValkey:
    """Nobody else may use this server. It is started if it does not run."""

    def __init__(self, server: Valkey) -> None:
        self._server = server
        if not server.is_running():
            server.start()
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

    def cut_pubsub(self) -> None:
        """Nothing is published or heard any more, while everything else goes on."""
        self.client.acl_setuser("default", enabled=True, reset_channels=True)
        self.client.client_kill_filter(_type="pubsub")

    def mend_pubsub(self) -> None:
        """Publish and hear again."""
        self.client.acl_setuser("default", enabled=True, channels=["*"])

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
