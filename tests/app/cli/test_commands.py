"""Commands about schools, users and tokens: what they do and print, and the sentence of a refusal."""

import asyncio
import re

import pytest

from app.accounts import authentication
from app.accounts.principal import Credential, Principal
from app.core.db import make_engine
from app.settings import load
from tests.app.cli.conftest import PASSWORD, Command, rows, runner


def who(environ: dict[str, str], token: str) -> Principal | None:
    """Whose token this is."""

    async def ask() -> Principal | None:
        engine = make_engine(load(environ).database, "test")
        try:
            return await authentication.authenticate(engine, Credential.from_secret("token", token))
        finally:
            await engine.dispose()

    return asyncio.run(ask())


def test_schools_and_people_are_added_and_listed(terugblik: Command, owner: str) -> None:
    assert terugblik("school", "list").output == "de-brug\tDe Brug\n"
    assert terugblik("user", "list", "de-brug").output == f"teacher\t{owner}\tOlga de Wit\n"
    assert terugblik("user", "list", "de-brug", "--role", "pupil").output.strip() == ""


def test_adding_a_school_says_what_comes_next(terugblik: Command) -> None:
    added = terugblik("school", "add", "de-brug", "De Brug")
    assert added.stdout.splitlines() == [
        "Added De Brug (de-brug).",
        "Next, add an administrator, who can add everybody else on the web page:",
        "  terugblik user add de-brug ADDRESS --role admin --given-name NAME",
    ]


ADD_ADMIN = ("user", "add", "de-brug", "anna@brug.example", "--role", "admin", "--given-name", "Anna")


@pytest.mark.parametrize(
    ("extra", "page"),
    [
        ({"PORT": "8123"}, "http://127.0.0.1:8123/password"),
        ({"BASE_URL": "https://terugblik.example"}, "https://terugblik.example/password"),
    ],
)
def test_a_user_who_is_added_gets_a_code_and_the_page_where_it_is_used(
    environ: dict[str, str], extra: dict[str, str], page: str
) -> None:
    terugblik = runner(environ | extra)
    assert terugblik("school", "add", "de-brug", "De Brug").exit_code == 0
    added, code, where = terugblik(*ADD_ADMIN).stdout.splitlines()
    assert added == "Added anna@brug.example (admin)."
    assert re.fullmatch(r"One-time code: (\w{4}-){3}\w{4}", code)
    assert where == f"Set the password with it at {page} within 7 days."


def test_a_user_who_is_added_with_a_password_gets_no_code(terugblik: Command, owner: str) -> None:
    added = terugblik(*ADD_ADMIN, "--with-password", given=PASSWORD)
    assert added.stdout == "Added anna@brug.example (admin).\n"
    refused = terugblik(*ADD_ADMIN, "--with-password", given="kort\n")
    assert refused.output == "Error: A password has 10 to 200 characters.\n"


def test_a_new_code_replaces_the_password_and_is_noted(
    terugblik: Command, owner: str, environ: dict[str, str]
) -> None:
    first, second = (terugblik("user", "code", owner).stdout for _ in range(2))
    assert first.startswith("One-time code: ")
    assert first != second
    stored = "SELECT password_hash, code_until > now() + interval '6 days' FROM user_account"
    assert rows(environ, stored) == [(None, True)]
    noted = rows(environ, "SELECT count(*) FROM audit_event WHERE action = 'person.code'")
    assert noted == [(2,)]


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
        (("user", "code", "nobody@brug.example"), "Nobody has the address nobody@brug.example."),
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
