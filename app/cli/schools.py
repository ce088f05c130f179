"""Commands about schools."""

import click

from app.accounts import schools
from app.cli.command import Group
from app.cli.context import Installation, run
from app.core.locale import LOCALES, Locale


@click.group(cls=Group)
def school() -> None:
    """Schools."""


@school.command("add", output="A confirmation, and the command that comes next.")
@click.argument("slug")
@click.argument("name")
@click.option("--time-zone", default="Europe/Amsterdam", show_default=True)
@click.option("--locale", type=click.Choice(LOCALES), default="nl", show_default=True)
def add(slug: str, name: str, time_zone: str, locale: Locale) -> None:
    """Add a school. SLUG is its short name: a-z, 0-9 and hyphens."""

    async def work(installation: Installation) -> None:
        async with installation.units() as uow:
            await schools.create(uow, slug=slug, name=name, time_zone=time_zone, locale=locale)

    run(work)
    click.echo(f"Added {name} ({slug}).")
    click.echo("Next, add an administrator, who can add everybody else on the web page:")
    click.echo(f"  terugblik user add {slug} ADDRESS --role admin --given-name NAME")


@school.command("list", output="A line for each school: SLUG and NAME, with a tab between.")
def list_all() -> None:
    """List the schools."""

    async def work(installation: Installation) -> list[str]:
        async with installation.units() as uow:
            return [f"{one.slug}\t{one.name}" for one in await schools.list_all(uow.session)]

    for line in run(work):
        click.echo(line)
