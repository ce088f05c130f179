"""The embedded services: shared, stopped by the last user, and started again after a kill -9."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
import redis

from app.embedded.folders import EmbeddedError
from app.embedded.guard import ROOT
from app.embedded.postgres import SOCKET_NAME, Postgres, find_postgres
from app.embedded.services import Services, attach_or_start, find_services, quiet
from app.embedded.valkey import find_valkey
from tests.app.embedded.conftest import new_home
from tests.support.eventually import eventually

USER_PROGRAM = """
import os, sys
from app.embedded.services import attach_or_start
with attach_or_start(os.environ):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """One home folder for most tests, because making the data takes a second."""
    with new_home() as folder:
        yield folder


@pytest.fixture
def services(shared: Path) -> Iterator[Services]:
    """Both servers of the shared home, not started. They are stopped at the end."""
    pair = (find_postgres(shared, quiet, durable=False), find_valkey(shared))
    yield Services(shared, pair)
    for server in pair:
        server.stop()


def running(services: Services) -> list[bool]:
    return [server.is_running() for server in services.servers]


def postgres_of(services: Services) -> Postgres:
    server = services.servers[0]
    assert isinstance(server, Postgres)
    return server


async def fetch(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def start_user(home: Path) -> subprocess.Popen[str]:
    """Start a program that uses the services until its input is closed, and wait until it does."""
    program = subprocess.Popen(
        [sys.executable, "-c", USER_PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TERUGBLIK_HOME": str(home)},
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    return program


async def test_data_outlives_a_stop_and_the_last_user_stops_the_servers(
    services: Services, shared: Path
) -> None:
    url = postgres_of(services).url
    services.join()
    await fetch(url, "CREATE TABLE words AS SELECT 'één' AS word")
    other = Services(shared, services.servers)
    other.join()
    services.leave()
    assert running(services) == [True, True]
    other.leave()
    assert running(services) == [False, False]

    services.join()
    assert await fetch(url, "SELECT upper(word) FROM words") == "ÉÉN"
    services.leave()


def test_two_programs_share_the_servers_and_killed_users_do_not_count(
    services: Services, shared: Path
) -> None:
    first, second = start_user(shared), start_user(shared)
    pid = (postgres_of(services).folder / "postmaster.pid").read_text().splitlines()[0]
    first.kill()
    first.communicate()
    assert running(services) == [True, True]
    second.kill()
    second.communicate()
    assert running(services) == [True, True]  # a killed user stops nothing

    third = start_user(shared)
    assert (postgres_of(services).folder / "postmaster.pid").read_text().splitlines()[0] == pid
    third.communicate()
    assert third.returncode == 0
    assert running(services) == [False, False]


async def test_four_programs_that_join_at_once_start_each_server_once(
    services: Services, shared: Path
) -> None:
    log = postgres_of(services).folder / "log"
    before = log.read_text().count("starting PostgreSQL") if log.exists() else 0
    programs = await asyncio.gather(*(asyncio.to_thread(start_user, shared) for _ in range(4)))
    assert log.read_text().count("starting PostgreSQL") == before + 1
    await asyncio.gather(*(asyncio.to_thread(program.communicate) for program in programs))
    assert [program.returncode for program in programs] == [0, 0, 0, 0]
    assert running(services) == [False, False]
    assert (shared / "secret_key").stat().st_mode & 0o777 == 0o600


async def test_killed_servers_are_started_again(services: Services, shared: Path) -> None:
    services.join()
    postgres = postgres_of(services)
    await fetch(postgres.url, "CREATE TABLE kept AS SELECT 1 AS number")
    for pid_file in (postgres.folder / "postmaster.pid", shared / "valkey" / "pid"):
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
    await eventually(lambda: not any(running(services)))
    services.ensure_running()
    assert await fetch(postgres.url, "SELECT number FROM kept") == 1
    assert redis.Redis.from_url(services.servers[1].url).ping()
    services.leave()


def test_a_pid_file_that_names_another_program_does_not_stop_a_start(services: Services) -> None:
    services.join()
    services.leave()
    # As after a power cut: the file exists, and its process number now belongs to another program: this one.
    lines = [str(os.getpid()), str(postgres_of(services).folder), "1700000000", "5432", "", "", "", "ready"]
    file = postgres_of(services).folder / "postmaster.pid"
    file.write_text("\n".join(lines) + "\n")
    if os.geteuid() == 0:
        os.chown(file, postgres_of(services).account.uid, postgres_of(services).account.gid)
    services.join()
    assert running(services) == [True, True]
    services.leave()


def test_an_interrupted_first_start_is_repeated(home: Path) -> None:
    half = home / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    postgres = find_postgres(home, quiet, durable=False)
    postgres.start()
    assert postgres.is_running()
    postgres.stop()
    assert not half.exists()


@contextmanager
def changed(file: Path, text: str) -> Iterator[None]:
    """Replace the contents of a file while the block runs."""
    before = file.read_text()
    file.write_text(text)
    yield
    file.write_text(before)


def test_data_of_another_version_is_refused_with_advice(services: Services) -> None:
    services.join()
    services.leave()
    with (
        changed(postgres_of(services).folder / "PG_VERSION", "17\n"),
        pytest.raises(EmbeddedError, match=r"was made by PostgreSQL 17, and this is 18\. Dump it"),
    ):
        services.join()


def test_the_message_of_a_failed_start_has_the_end_of_the_log(services: Services) -> None:
    services.join()
    services.leave()
    with (
        changed(postgres_of(services).folder / "postgresql.conf", "no_such_setting = 1\n"),
        pytest.raises(EmbeddedError, match=r"could not start\. It said:\n(.*\n)*.*no_such_setting"),
    ):
        services.join()


async def test_a_path_with_spaces_that_is_too_long_for_a_socket_works(home: Path) -> None:
    deep = home / "a 'long' path" / ("x" * 90)
    with attach_or_start({"TERUGBLIK_HOME": str(deep)}) as environ:
        assert await fetch(environ["DATABASE_URL"], "SELECT 1") == 1
        assert redis.Redis.from_url(environ["REDIS_URL"]).ping()
        services, _ = find_services({"TERUGBLIK_HOME": str(deep)})
        for folder in (postgres_of(services).sockets, Path(environ["REDIS_URL"][7:]).parent):
            assert folder.name.startswith("terugblik-")
            assert not folder.is_relative_to(home)
            assert folder.stat().st_mode & 0o077 == 0
    assert not (postgres_of(services).sockets / SOCKET_NAME).exists()
    postgres_of(services).sockets.rmdir()
    Path(environ["REDIS_URL"][7:].partition("?")[0]).parent.rmdir()


def test_services_that_the_environment_names_are_not_started(home: Path) -> None:
    named = {
        "DATABASE_URL": "postgres://db.example/terugblik",
        "REDIS_URL": "redis://redis.example",
        "TERUGBLIK_HOME": str(home / "none"),
    }
    with attach_or_start(named) as environ:
        assert environ == named
    assert not (home / "none").exists()


def test_a_private_installation_gets_its_own_settings_and_given_ones_win(home: Path) -> None:
    _, first = find_services({"TERUGBLIK_HOME": str(home)})
    _, again = find_services({"TERUGBLIK_HOME": str(home), "LOG_FORMAT": "json"})
    assert first["SECRET_KEY"] == again["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) == 64
    assert (first["SECURE_COOKIES"], first["LOG_FORMAT"], again["LOG_FORMAT"]) == ("no", "text", "json")

    _, public = find_services(
        {"TERUGBLIK_HOME": str(home), "DATABASE_URL": "postgres://db.example/terugblik"}
    )
    assert "SECRET_KEY" not in public
    assert public["REDIS_URL"].startswith("unix://")
