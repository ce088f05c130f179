"""The embedded services: the first program that needs them starts them, the last that leaves stops them.

Several programs share one home folder: `terugblik up`, commands beside it, two commands at the same time.
File locks show which programs use the services, because the kernel drops a lock however a program ends:

1. A program holds the lock `joining` while it joins or leaves, so these steps never run at the same time.
2. Join: start what does not run, then take a shared lock on `users`.
3. Leave: drop that lock. A program that can then lock `users` exclusively was the last: it stops the servers.

A killed program holds no lock. The next program finds its servers running, uses them, and stops them.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from app.embedded.accounts import data_folders
from app.embedded.folders import make_private, prepare_home, shown
from app.embedded.postgres import Postgres, find_postgres
from app.embedded.valkey import Valkey, find_valkey
from app.settings import home as home_of

Say = Callable[[str], None]


def quiet(_line: str) -> None:
    """Print nothing: for commands whose output is their result."""


class Services:
    """The servers of one home folder, and this program's membership of their users."""

    def __init__(self, home: Path, servers: tuple[Postgres | Valkey, ...], say: Say = quiet) -> None:
        self.servers = servers
        self._locks = home / "locks"
        self._say = say
        self._users_lock: int | None = None

    def join(self) -> None:
        """Start the servers that do not run, and become a user. Raises EmbeddedError."""
        if self.servers:
            with self._joining():
                self.ensure_running()
                self._users_lock = os.open(self._locks / "users", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._users_lock, fcntl.LOCK_SH)

    def ensure_running(self) -> None:
        """Start each server that does not run. Raises EmbeddedError."""
        for server in self.servers:
            if not server.is_running():
                self._say(f"Starting {server.name} (its folder is {shown(server.folder)})")
                server.start()

    def leave(self) -> None:
        """Stop being a user. The last user stops the servers. Raises EmbeddedError."""
        if self.servers:
            with self._joining():
                if self._users_lock is not None:
                    os.close(self._users_lock)
                    self._users_lock = None
                if self._was_last_user():
                    for server in reversed(self.servers):
                        server.stop()

    @contextlib.contextmanager
    def _joining(self) -> Iterator[None]:
        make_private(self._locks)
        with (self._locks / "joining").open("w") as joining:
            fcntl.flock(joining, fcntl.LOCK_EX)
            yield

    def _was_last_user(self) -> bool:
        with (self._locks / "users").open("w") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True


def holds_database(environ: Mapping[str, str]) -> bool:
    """Whether the home folder of `environ` holds an embedded database. Makes no folder."""
    return any(folder.exists() for folder in data_folders(home_of(environ)))


def find_services(environ: Mapping[str, str], say: Say = quiet) -> tuple[Services, dict[str, str]]:
    """The servers that `environ` does not name, and `environ` completed with their addresses.

    An embedded database also brings the settings of a private installation: a stored SECRET_KEY, and cookies
    that work on http://127.0.0.1.

    Raises EmbeddedError when a wheel is missing or the home folder cannot be used.
    """
    home = home_of(environ)
    complete = dict(environ)
    servers: list[Postgres | Valkey] = []
    if not environ.get("DATABASE_URL"):
        prepare_home(home)
        postgres = find_postgres(home, say)
        servers.append(postgres)
        complete["DATABASE_URL"] = postgres.url
        complete.setdefault("SECRET_KEY", _secret_key(home))
        complete.setdefault("SECURE_COOKIES", "no")
        complete.setdefault("LOG_FORMAT", "text")
    if not environ.get("REDIS_URL"):
        prepare_home(home)
        valkey = find_valkey(home)
        servers.append(valkey)
        complete["REDIS_URL"] = valkey.url
    return Services(home, tuple(servers), say), complete


@contextlib.contextmanager
def attach_or_start(environ: Mapping[str, str], say: Say = quiet) -> Iterator[dict[str, str]]:
    """Yield `environ` completed with the embedded services, which run while the block runs.

    Raises EmbeddedError.
    """
    services, complete = find_services(environ, say)
    services.join()
    try:
        yield complete
    finally:
        services.leave()


def _secret_key(home: Path) -> str:
    """The key of this installation, made once. `os.link` never replaces, so two programs get the same key."""
    file = home / "secret_key"
    if not file.exists():
        fresh = home / f"secret_key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text()
