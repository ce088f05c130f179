"""Where benchmarks run: one PostgreSQL and one Valkey for all, and a fresh migrated database for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from tests.support.services import Servers, fresh_database


@dataclass(frozen=True, slots=True)
class Site:
    """`template` is a migrated database to copy; `short` asks for the few seconds that the test suite has."""

    servers: Servers
    template: str
    short: bool

    @contextmanager
    def environ(self) -> Iterator[dict[str, str]]:
        """The environment of a process on a fresh database and an emptied Valkey."""
        redis.Redis.from_url(self.servers.valkey.url).flushall()
        with fresh_database(self.servers, self.template) as name:
            yield self.servers.environ(name)

    @property
    def postgres(self) -> int:
        """The process id of PostgreSQL's first process; its backends are its children."""
        return int((self.servers.postgres.folder / "postmaster.pid").read_text().split()[0])

    @property
    def valkey(self) -> int:
        """The process id of Valkey."""
        return int((self.servers.valkey.folder / "pid").read_text())
