"""The commands: what they do, what they print, and the sentence with which they refuse."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from app.accounts import authentication
from app.accounts.principal import Credential, Principal
from app.cli import main
from app.core.db import make_engine
from app.settings import load
from tests.support.services import ROOT, Servers, fresh_database

Command = Callable[..., Result]

OWNER = "olga@brug.example"
PASSWORD = "een goed wachtwoord\n"
FEEDBACK = (
    "to_student_id,to_student_name,from_student_id,from_student_name,type,score,"
    "criterion_id,criterion_name,created_at,comment\n"
    "900001,Piet Proef,900002,Klaas Keur,peer,4,1,Samenwerken,01-02-2026,Werkt goed samen\n"
    "900002,Klaas Keur,900001,Piet Proef,peer,abc,1,Samenwerken,01-02-2026,Komt op tijd\n"
)


def runner(environ: dict[str, str]) -> Command:
    """Runs `terugblik ...` within this process, in an environment of its own."""
    cleared = dict.fromkeys(set(os.environ) - set(environ))

    def command(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, env={**cleared, **environ}, input=given)

    return command


@pytest.fixture
def terugblik(environ: dict[str, str]) -> Command:
    """On a fresh database."""
    return runner(environ)


@pytest.fixture
def owner(terugblik: Command) -> str:
    """A teacher of a school; answers the address."""
    assert terugblik("school", "add", "de-brug", "De Brug").exit_code == 0
    names = ("--given-name", "Olga", "--infix", "de", "--family-name", "Wit")
    added = terugblik(
        "user", "add", "de-brug", OWNER, "--role", "teacher", *names, "--with-password", given=PASSWORD
    )
    assert added.exit_code == 0, added.output
    return OWNER


def who(environ: dict[str, str], token: str) -> Principal | None:
    """Whose token this is."""

    async def ask() -> Principal | None:
        engine = make_engine(load(environ).database, "test")
        try:
            return await authentication.authenticate(engine, Credential.of("token", token))
        finally:
            await engine.dispose()

    return asyncio.run(ask())


def rows(environ: dict[str, str], sql: str) -> list[tuple[object, ...]]:
    """What a query finds in the database of the environment."""

    async def ask() -> list[tuple[object, ...]]:
        engine = make_engine(load(environ).database, "test")
        try:
            async with engine.connect() as connection:
                return [tuple(row) for row in await connection.execute(text(sql))]
        finally:
            await engine.dispose()

    return asyncio.run(ask())


def test_schools_and_people_are_added_and_listed(terugblik: Command, owner: str) -> None:
    assert terugblik("school", "list").output == "de-brug\tDe Brug\n"
    assert terugblik("user", "list", "de-brug").output == f"teacher\t{owner}\tOlga de Wit\n"
    assert terugblik("user", "list", "de-brug", "--role", "pupil").output.strip() == ""


def test_a_token_is_printed_and_nothing_else(terugblik: Command, owner: str, environ: dict[str, str]) -> None:
    made = terugblik("token", "create", owner)
    assert made.exit_code == 0
    token = made.stdout.removesuffix("\n")
    assert made.output == made.stdout
    assert "\n" not in token
    principal = who(environ, token)
    assert principal is not None
    assert (principal.role, principal.name) == ("teacher", "Olga de Wit")


def test_a_token_is_listed_without_its_secret_and_withdrawn(
    terugblik: Command, owner: str, environ: dict[str, str]
) -> None:
    token = terugblik("token", "create", owner, "--name", "rooster").output.strip()
    listed = terugblik("token", "list", owner).output
    number, _, name = listed.strip().split("\t")
    assert name == "rooster"
    assert token not in listed
    assert terugblik("token", "revoke", owner, number).exit_code == 0
    assert terugblik("token", "list", owner).output.strip() == ""
    assert who(environ, token) is None


def test_a_password_is_set_from_standard_input(terugblik: Command, owner: str) -> None:
    assert terugblik("user", "password", owner, given="een ander wachtwoord\n").exit_code == 0
    short = terugblik("user", "password", owner, given="kort\n")
    assert short.exit_code == 1
    assert short.output == "Error: A password has 10 to 200 characters.\n"


def test_what_the_command_line_does_is_noted_without_an_actor(
    terugblik: Command, owner: str, environ: dict[str, str]
) -> None:
    assert terugblik("user", "password", owner, given=PASSWORD).exit_code == 0
    assert terugblik("token", "create", owner).exit_code == 0
    number = terugblik("token", "list", owner).output.split("\t")[0]
    assert terugblik("token", "revoke", owner, number).exit_code == 0
    assert rows(environ, "SELECT action, actor_id, detail ->> 'via' FROM audit_event ORDER BY id") == [
        (action, None, "cli")
        for action in (
            "school.added",
            "person.added",
            "person.password_set",
            "person.token_created",
            "person.token_revoked",
        )
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("token", "create", "nobody@brug.example"), "Nobody has the address nobody@brug.example."),
        (("user", "list", "elders"), "There is no school with this short name."),
        (("school", "add", "de-brug", "Nog een"), "There is a school with this short name already."),
        (("school", "add", "De Brug", "x"), "A short name has a-z, 0-9 and hyphens, at most 63."),
    ],
)
def test_a_refusal_is_one_sentence(
    terugblik: Command, owner: str, arguments: tuple[str, ...], said: str
) -> None:
    refused = terugblik(*arguments)
    assert refused.exit_code == 1
    assert refused.output == f"Error: {said}\n"


def test_a_file_is_imported_and_told_of(terugblik: Command, owner: str, tmp_path: Path) -> None:
    file = tmp_path / "feedback.csv"
    file.write_text(FEEDBACK)
    done = terugblik("import", str(file), "--title", "Project Water", "--teacher", owner)
    assert done.exit_code == 0, done.output
    assert "2 rows, 2 people" in done.output
    assert "row 3" in done.output, "the score that is no number"
    assert "Evaluation 1 is there." in done.output


def test_a_file_that_says_nothing_is_refused(terugblik: Command, owner: str, tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    refused = terugblik("import", str(file), "--title", "x", "--teacher", owner)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")
    assert "Traceback" not in refused.output


def test_check_tells_what_works_and_what_does_not(environ: dict[str, str]) -> None:
    nowhere = "http://127.0.0.1:9"
    said = runner({**environ, "OLLAMA_BASE_URL": nowhere})("check")
    assert said.exit_code == 1, "there is no model"
    lines = said.output.splitlines()
    assert sum(line.startswith("ok") for line in lines) == len(lines) - 1
    (wrong,) = (line for line in lines if line.startswith("wrong"))
    assert nowhere in wrong


def test_check_tells_every_wrong_setting(environ: dict[str, str]) -> None:
    said = runner({**environ, "PORT": "x", "WORKER_THREADS": "0", "SECRET_KEY": "hunter2"})("check")
    assert said.exit_code == 1
    assert [line.split()[1] for line in said.output.splitlines()] == ["SECRET_KEY", "PORT", "WORKER_THREADS"]
    assert "hunter2" not in said.output


def test_a_database_without_tables_is_told_and_mended(servers: Servers) -> None:
    with fresh_database(servers, "template0") as name:
        command = runner(servers.environ(name))
        refused = command("school", "list")
        assert refused.output == "Error: The tables are missing or old: run `terugblik migrate` first.\n"
        assert "not up to date" in command("check").output
        assert command("migrate").exit_code == 0
        assert command("migrate").exit_code == 0, "twice does no harm"
        assert command("school", "list").exit_code == 0


def test_a_database_that_is_away_is_told(environ: dict[str, str]) -> None:
    away = {**environ, "DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:9/x"}
    refused = runner(away)("school", "list")
    assert refused.output == "Error: The database does not answer; `terugblik check` says more.\n"
    said = runner(away)("check")
    assert (
        "PostgreSQL (DATABASE_URL) cannot be used: nothing listens at that address and port." in said.output
    )
    assert "hunter2" not in said.output


def test_what_is_wrong_with_an_address_is_told_in_words(environ: dict[str, str]) -> None:
    wrong = {
        "DATABASE_URL": "postgresql://u:hunter2@db.invalid/x",
        "REDIS_URL": "redis://:hunter2@127.0.0.1:9",
        "OLLAMA_BASE_URL": "http://127.0.0.1:9",
    }
    said = runner({**environ, **wrong})("check")
    assert said.exit_code == 1
    assert "PostgreSQL (DATABASE_URL) cannot be used: its host name is not known here." in said.output
    assert "Redis cannot be used: nothing listens at that address and port." in said.output
    assert "hunter2" not in said.output


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder that PostgreSQL's own user can get at, also when the tests run as root."""
    made = Path(tempfile.mkdtemp(prefix="terugblik-cli-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def test_the_commands_work_on_embedded_services_that_do_not_run(home: Path) -> None:
    """Each command starts the services of the folder, and leaves them stopped; what was written stays."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR", "PATH") if name in os.environ}

    def command(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            cwd=ROOT,
            env={**kept, "TERUGBLIK_HOME": str(home)},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    command("migrate")
    command("school", "add", "de-brug", "De Brug")
    assert command("school", "list") == "de-brug\tDe Brug\n"
    names = ("--role", "teacher", "--given-name", "Olga")
    command("user", "add", "de-brug", OWNER, *names)
    assert command("token", "create", OWNER).startswith("tb_")
    assert not list(home.rglob("postmaster.pid")), "nothing is left running"
