"""Commands about schools, people and their API tokens."""

import getpass
import sys

import click

from app.accounts import schools, tokens, users
from app.accounts.models import User
from app.accounts.passwords import Passwords
from app.accounts.principal import ROLES, Role
from app.accounts.users import NewUser
from app.audit.service import CommandLine
from app.cli.context import run
from app.core.errors import NotFound
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory

role_choice = click.Choice(ROLES)
locale_choice = click.Choice(("nl", "en"))


@click.group()
def school() -> None:
    """Schools."""


@school.command("add")
@click.argument("slug")
@click.argument("name")
@click.option("--time-zone", default="Europe/Amsterdam", show_default=True)
@click.option("--locale", type=locale_choice, default="nl", show_default=True)
def add_school(slug: str, name: str, time_zone: str, locale: Locale) -> None:
    """Add a school. SLUG is its short name."""

    async def work(units: UnitOfWorkFactory) -> None:
        async with units() as uow:
            await schools.create(uow, slug=slug, name=name, time_zone=time_zone, locale=locale)

    run(work)
    click.echo(f"Added {name} ({slug}).")


@school.command("list")
def list_schools() -> None:
    """List the schools."""

    async def work(units: UnitOfWorkFactory) -> list[str]:
        async with units() as uow:
            return [f"{one.slug}\t{one.name}" for one in await schools.list_all(uow.session)]

    click.echo("\n".join(run(work)))


@click.group()
def user() -> None:
    """People."""


@user.command("add")
@click.argument("school_slug")
@click.argument("email")
@click.option("--role", type=role_choice, required=True)
@click.option("--given-name", required=True)
@click.option("--infix", default="")
@click.option("--family-name", default="")
@click.option("--number", help="The school's own number of a pupil.")
@click.option("--locale", type=locale_choice)
@click.option("--with-password", is_flag=True, help="Ask for a password, or read it from standard input.")
def add_user(
    school_slug: str,
    email: str,
    role: Role,
    given_name: str,
    infix: str,
    family_name: str,
    number: str | None,
    locale: Locale | None,
    with_password: bool,
) -> None:
    """Add a person to a school."""
    password = _read_password() if with_password else None

    async def work(units: UnitOfWorkFactory) -> None:
        hashed = await Passwords().hash(password) if password is not None else None
        async with units() as uow:
            found = await schools.find(uow.session, school_slug)
            person = NewUser(
                role, email, given_name, infix, family_name, number, locale=locale, password_hash=hashed
            )
            await users.create(uow, CommandLine(found.id), person)

    run(work)
    click.echo(f"Added {email} ({role}).")


@user.command("list")
@click.argument("school_slug")
@click.option("--role", type=role_choice)
def list_users(school_slug: str, role: Role | None) -> None:
    """List the people of a school."""

    async def work(units: UnitOfWorkFactory) -> list[str]:
        async with units() as uow:
            found = await schools.find(uow.session, school_slug)
            people = await users.list_of_school(uow.session, found.id, role)
            return [f"{one.role}\t{one.email or '-'}\t{one.name}" for one in people]

    click.echo("\n".join(run(work)))


@user.command("password")
@click.argument("email")
def set_password(email: str) -> None:
    """Set a password, asked for or read from standard input; ends the person's login sessions."""
    password = _read_password()

    async def work(units: UnitOfWorkFactory) -> None:
        async with units() as uow:
            person = await _person(uow, email)
        await users.set_password(units, Passwords(), CommandLine(person.school_id), person.id, password)

    run(work)
    click.echo(f"The password of {email} is set.")


@click.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.argument("email")
@click.option("--name", default="command line", show_default=True)
def create_token(email: str, name: str) -> None:
    """Make a token and print it, and nothing else. It is shown this once."""

    async def work(units: UnitOfWorkFactory) -> str:
        async with units() as uow:
            person = await _person(uow, email)
            return (await tokens.create(uow, CommandLine(person.school_id), person.id, name)).secret

    click.echo(run(work))


@token.command("list")
@click.argument("email")
def list_tokens(email: str) -> None:
    """List the tokens of a person that still work."""

    async def work(units: UnitOfWorkFactory) -> list[str]:
        async with units() as uow:
            person = await _person(uow, email)
            found = await tokens.list_active(uow.session, person.id)
            return [f"{one.id}\t{one.created_at:%Y-%m-%d}\t{one.name}" for one in found]

    click.echo("\n".join(run(work)))


@token.command("revoke")
@click.argument("email")
@click.argument("token_id", type=int)
def revoke_token(email: str, token_id: int) -> None:
    """Withdraw a token at once."""

    async def work(units: UnitOfWorkFactory) -> None:
        async with units() as uow:
            person = await _person(uow, email)
            await tokens.revoke(uow, CommandLine(person.school_id), person.id, token_id)

    run(work)
    click.echo("Withdrawn.")


async def _person(uow: UnitOfWork, email: str) -> User:
    person = await users.find_by_email(uow.session, email)
    if person is None:
        raise NotFound(f"Nobody has the address {email}.")
    return person


def _read_password() -> str:
    """Never an argument: those stand in the process list and in the shell's history."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


COMMANDS = (school, user, token)
