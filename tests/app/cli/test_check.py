"""`terugblik check`, and what commands say when the database cannot be used."""

from tests.app.cli.conftest import runner
from tests.support.services import Servers, fresh_database


def test_check_shows_what_works_and_what_does_not(environ: dict[str, str]) -> None:
    nowhere = "http://127.0.0.1:9"
    said = runner({**environ, "OLLAMA_BASE_URL": nowhere})("check")
    assert said.exit_code == 1, "there is no model"
    lines = said.output.splitlines()
    assert sum(line.startswith("ok") for line in lines) == len(lines) - 1
    (wrong,) = (line for line in lines if line.startswith("wrong"))
    assert nowhere in wrong


def test_check_shows_every_wrong_setting(environ: dict[str, str]) -> None:
    said = runner({**environ, "PORT": "x", "WORKER_THREADS": "0", "SECRET_KEY": "hunter2"})("check")
    assert said.exit_code == 1
    assert [line.split()[1] for line in said.output.splitlines()] == ["SECRET_KEY", "PORT", "WORKER_THREADS"]
    assert "hunter2" not in said.output


def test_a_database_without_tables_is_reported_and_repaired(servers: Servers) -> None:
    with fresh_database(servers, "template0") as name:
        command = runner(servers.environ(name))
        refused = command("school", "list")
        assert refused.output == "Error: The tables are missing or old: run `terugblik migrate` first.\n"
        assert "not up to date" in command("check").output
        assert command("migrate").exit_code == 0
        assert command("migrate").exit_code == 0, "twice does no harm"
        assert command("school", "list").exit_code == 0


def test_a_database_that_is_down_is_reported(environ: dict[str, str]) -> None:
    away = {**environ, "DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:9/x"}
    refused = runner(away)("school", "list")
    assert refused.output == "Error: The database does not answer; `terugblik check` says more.\n"
    said = runner(away)("check")
    assert (
        "PostgreSQL (DATABASE_URL) cannot be used: nothing listens at that address and port." in said.output
    )
    assert "hunter2" not in said.output


def test_what_is_wrong_with_an_address_is_said_in_words(environ: dict[str, str]) -> None:
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
