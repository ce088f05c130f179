"""Commands about API tokens."""

import click

from app.accounts import tokens
from app.audit.service import CommandLine
from app.cli.command import Group
from app.cli.context import Installation, run
from app.cli.users import find


@click.group(cls=Group)
def token() -> None:
    """API tokens."""


@token.command("create", output="The token and nothing else. It cannot be shown again.")
@click.argument("email")
@click.option("--name", default="command line", show_default=True)
def create(email: str, name: str) -> None:
    """Make a token of a user."""

    async def work(installation: Installation) -> str:
        async with installation.units() as uow:
            person = await find(uow, email)
            return (await tokens.create(uow, CommandLine(person.school_id), person.id, name)).secret

    click.echo(run(work))


@token.command("list", output="A line for each token: ID, DATE and NAME, with tabs between.")
@click.argument("email")
def list_active(email: str) -> None:
    """List the tokens of a user that were not revoked."""

    async def work(installation: Installation) -> list[str]:
        async with installation.units() as uow:
            found = await tokens.list_active(uow.session, (await find(uow, email)).id)
            return [f"{one.id}\t{one.created_at:%Y-%m-%d}\t{one.name}" for one in found]

    for line in run(work):
        click.echo(line)


@token.command("revoke", output="A confirmation.")
@click.argument("email")
@click.argument("token_id", type=int)
def revoke(email: str, token_id: int) -> None:
    """Revoke a token; the next request with it is refused."""

    async def work(installation: Installation) -> None:
        async with installation.units() as uow:
            person = await find(uow, email)
            await tokens.revoke(uow, CommandLine(person.school_id), person.id, token_id)

    run(work)
    click.echo("Revoked.")
