"""Commands about users: adding them, letting them set a password with a code, or setting it for them."""

import getpass
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import click

from app.accounts import invitations, schools, users
from app.accounts.models import User
from app.accounts.passwords import Passwords
from app.accounts.principal import ROLES, Role
from app.accounts.users import NewUser
from app.audit.service import CommandLine
from app.cli.command import Group
from app.cli.context import Installation, run
from app.core.errors import NotFound
from app.core.locale import LOCALES, Locale
from app.core.unit_of_work import UnitOfWork

PASSWORD_PAGE = "/password"  # noqa: S105 - the path of a page
CODE_OUTPUT = "The code, the address of the page where it is used, and how long it is valid."


@click.group(cls=Group)
def user() -> None:
    """Users: pupils, teachers and administrators."""


@user.command("add", output=f"A confirmation. Without --with-password also: {CODE_OUTPUT}")
@click.argument("school_slug")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--given-name", required=True)
@click.option("--infix", default="")
@click.option("--family-name", default="")
@click.option("--number", help="The school's own number of a pupil.")
@click.option("--locale", type=click.Choice(LOCALES), help="Without it, the school's.")
@click.option("--with-password", is_flag=True, help="Ask for a password, or read it from standard input.")
def add(
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
    """Add a user to a school, with a one-time code for setting a password."""
    new = NewUser(role, email, given_name, infix, family_name, number, locale=locale)
    password = read_password() if with_password else None

    async def work(installation: Installation) -> str:
        hashed = await hash_of(password) if password is not None else None
        async with installation.units() as uow:
            actor = CommandLine((await schools.find(uow.session, school_slug)).id)
            made = await users.create(uow, actor, replace(new, password_hash=hashed))
            added = f"Added {email} ({role})."
            if hashed is not None:
                return added
            return f"{added}\n{code_text(installation, await invitations.issue(uow, actor, made))}"

    click.echo(run(work))


@user.command("code", output=CODE_OUTPUT)
@click.argument("email")
def code(email: str) -> None:
    """Make a new one-time code for a user.

    The password and the login sessions of the user end, and an earlier code stops working.
    """

    async def work(installation: Installation) -> str:
        async with installation.units() as uow:
            person = await find(uow, email)
            return code_text(
                installation, await invitations.issue(uow, CommandLine(person.school_id), person)
            )

    click.echo(run(work))


@user.command("list", output="A line for each user: ROLE, EMAIL (- for none) and NAME, with tabs between.")
@click.argument("school_slug")
@click.option("--role", type=click.Choice(ROLES))
def list_of_school(school_slug: str, role: Role | None) -> None:
    """List the users of a school."""

    async def work(installation: Installation) -> list[str]:
        async with installation.units() as uow:
            school = await schools.find(uow.session, school_slug)
            found = await users.list_of_school(uow.session, school.id, role)
            return [f"{one.role}\t{one.email or '-'}\t{one.name}" for one in found]

    for line in run(work):
        click.echo(line)


@user.command("password", output="A confirmation.")
@click.argument("email")
def set_password(email: str) -> None:
    """Set a password, asked for or read from standard input; the user's login sessions end."""
    password = read_password()

    async def work(installation: Installation) -> None:
        async with installation.units() as uow:
            person = await find(uow, email)
        with closing(Passwords()) as passwords:
            actor = CommandLine(person.school_id)
            await users.set_password(installation.units, passwords, actor, person.id, password)

    run(work)
    click.echo(f"The password of {email} is set.")


async def find(uow: UnitOfWork, email: str) -> User:
    """The user of this address. Raises NotFound."""
    person = await users.find_by_email(uow.session, email)
    if person is None:
        raise NotFound(f"Nobody has the address {email}.")
    return person


def code_text(installation: Installation, code: str) -> str:
    """What the operator hands to the user: the code, where it is used, and for how many days."""
    days = invitations.CODE_VALIDITY // timedelta(days=1)
    return (
        f"One-time code: {code}\n"
        f"Set the password with it at {installation.address(PASSWORD_PAGE)} within {days} days."
    )


async def hash_of(password: str) -> str:
    """The hash of a password. Raises BadInput for one that is too short or too long."""
    with closing(Passwords()) as passwords:
        return await passwords.hash(password)


def read_password() -> str:
    """A password from the terminal or standard input. Arguments would show in the list of processes."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
