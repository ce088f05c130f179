"""PostgreSQL and Valkey for the tests: one pair for the run, a migrated template, a fresh copy where asked.

Everything lies in one new folder and on unix sockets, so test runs beside each other do not meet. A guard
stops the servers even when the run is killed.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from app.embedded.guard import Guard
from app.embedded.postgres import PORT, Postgres, find_postgres
from app.embedded.services import Services, quiet
from app.embedded.valkey import Valkey, find_valkey
from app.settings import Settings, load

ROOT = Path(__file__).parents[2]
TEMPLATE = "template_terugblik"


@dataclass(frozen=True, slots=True)
class Servers:
    """The two servers of this run. A test of recovery that stops one starts it again before it ends."""

    home: Path
    postgres: Postgres
    valkey: Valkey

    def url_of(self, database: str) -> str:
        """The address of one of the databases, as for DATABASE_URL."""
        return urlsplit(self.postgres.url)._replace(path=f"/{database}").geturl()

    def environ(self, database: str) -> dict[str, str]:
        """A whole environment for a process under test; of ours it has the paths only."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": self.url_of(database),
            "REDIS_URL": self.valkey.url,
            "SECRET_KEY": "only-for-tests-" + "0" * 32,
            "SECURE_COOKIES": "no",
            "LOG_FORMAT": "text",
            "RATE_LIMIT_QUEUE": "100000",
            "RATE_LIMIT_BATCH": "100000",
            "RATE_LIMIT_OTHER": "100000",
            "TERUGBLIK_HOME": str(self.home),
        }

    def admin(self, program: str, *arguments: str) -> None:
        """Run `createdb`, `dropdb` or another program of the wheel as the owner."""
        where = ["-h", str(self.postgres.sockets), "-p", str(PORT), "-U", "terugblik"]
        command = [str(self.postgres.programs / "bin" / program), *where, *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@contextmanager
def running_servers(*, durable: bool = False) -> Iterator[Servers]:
    """Start both servers in a new folder that is removed at the end; one second, and half of it is initdb.

    `durable`: with every commit on disk, as in production, for measurements.
    """
    home = Path(tempfile.mkdtemp(prefix="terugblik-test-"))
    home.chmod(0o711)  # root's PostgreSQL runs as another user and must get at its own folder inside
    postgres = find_postgres(home, quiet, durable=durable)
    valkey = find_valkey(home)
    services = Services(home, (postgres, valkey))
    try:
        with Guard({**os.environ, "TERUGBLIK_HOME": str(home), "DATABASE_URL": "", "REDIS_URL": ""}):
            services.join()
            try:
                yield Servers(home, postgres, valkey)
            finally:
                services.leave()
    finally:
        for folder in (postgres.folder, postgres.sockets, valkey.socket.parent, home):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(servers: Servers, template: str) -> Iterator[str]:
    """A copy of `template`, made in 50 ms; yields its name, and drops it whoever still uses it."""
    name = f"test_{secrets.token_hex(6)}"
    servers.admin("createdb", "-T", template, name)
    try:
        yield name
    finally:
        servers.admin("dropdb", "--force", name)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Valkey, for the whole run."""
    with running_servers() as started:
        yield started


@pytest.fixture(scope="session")
def template(servers: Servers) -> str:
    """The name of a database that the real migrations built. Connect to it, and it cannot be copied."""
    servers.admin("createdb", TEMPLATE)
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=ROOT,
        env=servers.environ(TEMPLATE),
        check=True,
    )
    return TEMPLATE


@pytest.fixture
def environ(servers: Servers, template: str) -> Iterator[dict[str, str]]:
    """The environment of one test: a fresh database and an empty Valkey."""
    redis.Redis.from_url(servers.valkey.url).flushall()
    with fresh_database(servers, template) as name:
        yield servers.environ(name)


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """The settings of one test."""
    return load(environ)


@pytest.fixture(scope="module")
def module_environ(servers: Servers, template: str) -> Iterator[dict[str, str]]:
    """As `environ`, for modules whose tests only read or keep out of each other's way."""
    with fresh_database(servers, template) as name:
        yield servers.environ(name)
