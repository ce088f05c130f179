"""Chooses among several model servers: the least loaded that is not known to be away."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.clock import Monotonic, monotonic


class Server:
    """One model server as this process knows it."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.in_flight = 0
        self.rests_until = float("-inf")
        self.turn = 0

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Count a call while it lasts."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1


class Balancer:
    """Counts are per process and used on one event loop; the servers themselves queue what is too much."""

    def __init__(self, base_urls: tuple[str, ...], clock: Monotonic = monotonic) -> None:
        if not base_urls:
            raise ValueError("A model needs at least one base URL.")
        self.servers = tuple(Server(url) for url in base_urls)
        self._clock = clock
        self._turns = 0

    def candidates(self) -> Iterator[Server]:
        """The best server at this moment, then, each time one failed, the next best that is awake.

        Always yields at least one: when all rest, the one whose rest ends first.
        """
        left = list(self.servers)
        server: Server | None = self._best(left) or min(left, key=lambda one: one.rests_until)
        while server is not None:
            left.remove(server)
            self._turns += 1
            server.turn = self._turns
            yield server
            server = self._best(left)

    def rest(self, server: Server, seconds: float) -> None:
        """Leave `server` alone for a while, if there is another."""
        server.rests_until = self._clock() + seconds

    def _best(self, servers: list[Server]) -> Server | None:
        """Fewest calls under way; of equals, the one whose turn is longest ago, then the first named."""
        now = self._clock()
        awake = [server for server in servers if server.rests_until <= now]
        return min(awake, key=lambda one: (one.in_flight, one.turn), default=None)
