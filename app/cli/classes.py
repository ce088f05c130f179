"""Commands that bring feedback in: `import` a file, make a `demo` school of some size."""

from pathlib import Path

import click

from app.accounts import users
from app.accounts.passwords import Passwords
from app.accounts.principal import Principal
from app.cli.context import run
from app.core.errors import BadInput, NotFound
from app.core.unit_of_work import UnitOfWorkFactory
from app.embedded.demo_school import DemoLogins, create_large
from app.imports import service
from app.imports.models import ImportRun
from app.imports.preview import Upload


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="The title of the evaluation that is made.")
@click.option("--teacher", required=True, help="The e-mail address of the teacher who runs it.")
@click.option("--course", default="", help="The course, as pupils know it.")
def import_file(file: Path, title: str, teacher: str, course: str) -> None:
    """Make an evaluation from a file, and print what was understood of it."""
    upload = Upload(file.read_bytes(), file.name, title, course)

    async def work(units: UnitOfWorkFactory) -> ImportRun:
        async with units() as uow:
            person = await users.find_by_email(uow.session, teacher)
            if person is None:
                raise NotFound(f"Nobody has the address {teacher}.")
            if person.role != "teacher":
                raise BadInput(f"{teacher} is no teacher, and an evaluation needs one.")
            who = Principal(person.id, person.school_id, "teacher", person.name, "en")
            return await service.import_now(uow, who, upload)

    done = run(work)
    found = done.counts
    click.echo(
        f"Understood {file.name} as {done.format}: {found['rows']} rows, {found['people']} people, "
        f"{found['teams']} teams, {found['criteria']} criteria, {found['entries']} entries; "
        f"{found['errors']} errors, {found['warnings']} warnings."
    )
    for problem in done.problems:
        place = f"row {problem['row']}: " if problem.get("row") else ""
        click.echo(f"  {place}{problem['message']}", err=True)
    click.echo(f"Evaluation {done.evaluation_id} is there.")


@click.command("demo")
@click.option("--pupils", type=click.IntRange(1, 20_000), default=300, show_default=True)
@click.option("--classes", type=click.IntRange(1, 1_000), default=10, show_default=True)
def demo(students: int, classes: int) -> None:
    """Make a made-up school of this size, to look around in or to measure with."""

    async def work(units: UnitOfWorkFactory) -> DemoLogins:
        return await create_large(units, Passwords(), students=students, classes=classes)

    for login in run(work).logins:
        click.echo(f"{login.role}\t{login.email}\t{login.password}")


COMMANDS = (import_file, demo)
