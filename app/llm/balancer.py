"""Chooses among model servers: the least loaded one that is not known to be away."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.clock import Monotonic, monotonic


class Server:
    """A model server, and what this process knows of its load."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.in_flight = 0
        self.away_until = float("-inf")
        self.turn = 0

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Count a call while the block runs."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1


class Balancer:
    """Used on one event loop. It counts this process's calls only; servers queue what is too much."""

    def __init__(self, base_urls: tuple[str, ...], clock: Monotonic = monotonic) -> None:
        if not base_urls:
            raise ValueError("A model needs at least one base URL.")
        self.servers = tuple(Server(url) for url in base_urls)
        self._clock = clock
        self._turns = 0

    def candidates(self) -> Iterator[Server]:
        """The best server, and after a failure of it the next best that is not set aside.

        When all servers are set aside, the one whose time ends first is yielded.
        """
        left = list(self.servers)
        server: Server | None = self._best(left) or min(left, key=lambda one: one.away_until)
        while server is not None:
            left.remove(server)
            self._turns += 1
            server.turn = self._turns
            yield server
            server = self._best(left)

    def set_aside(self, server: Server, seconds: float) -> None:
        """Prefer other servers to this one for `seconds`."""
        server.away_until = self._clock() + seconds

    def _best(self, servers: list[Server]) -> Server | None:
        """The server with the fewest calls; of equals the one that was used longest ago."""
        now = self._clock()
        usable = [server for server in servers if server.away_until <= now]
        return min(usable, key=lambda one: (one.in_flight, one.turn), default=None)
