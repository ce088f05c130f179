"""Commands that bring feedback in: `import` a file, and make a `demo` school of some size."""

from contextlib import closing
from pathlib import Path

import click

from app.accounts import users
from app.accounts.passwords import Passwords
from app.accounts.principal import Principal
from app.audit.service import CommandLine
from app.cli.command import Command
from app.cli.context import Installation, run
from app.core.errors import BadInput, NotFound
from app.embedded.demo_school import DemoLogins, create_large
from app.imports import service
from app.imports.models import ImportRun
from app.imports.preview import Upload

TEMPLATE = Path(__file__).with_name("template.csv")


def print_template(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the example file and end the command, before the other arguments are asked for."""
    if wanted:
        click.echo(TEMPLATE.read_text(encoding="utf-8"), nl=False)
        context.exit()


@click.command(
    "import",
    cls=Command,
    output="What was understood of the file, and the id of the evaluation. Problems go to standard error.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", required=True, help="The title of the evaluation that is made.")
@click.option("--teacher", required=True, help="The e-mail address of the teacher who runs it.")
@click.option("--course", default="", help="The course, as pupils know it.")
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_template,
    help="Print an example of a file and do nothing else.",
)
def import_file(file: Path, title: str, teacher: str, course: str) -> None:
    """Make an evaluation from a file. docs/import.md says what a file may hold."""
    upload = Upload(read(file), file.name, title, course)

    async def work(installation: Installation) -> ImportRun:
        async with installation.units() as uow:
            person = await users.find_by_email(uow.session, teacher)
            if person is None:
                raise NotFound(f"Nobody has the address {teacher}.")
            if person.role != "teacher":
                raise BadInput(f"{teacher} is no teacher, and an evaluation needs one.")
            principal = Principal(person.id, person.school_id, "teacher", person.name, "en")
            actor = CommandLine(person.school_id)
            return await service.import_now(uow, principal, upload, actor)

    report(file.name, run(work))


def read(file: Path) -> bytes:
    """The bytes of the file. Raises ClickException with a sentence when it cannot be read."""
    try:
        return file.read_bytes()
    except FileNotFoundError as fault:
        raise click.ClickException(
            f"There is no file {file}. `terugblik import --template > {file.name}` writes an example."
        ) from fault
    except OSError as fault:
        raise click.ClickException(f"{file} cannot be read: {fault.strerror}.") from fault


def report(name: str, done: ImportRun) -> None:
    """Print what was understood of the file and what is wrong with it."""
    found = done.counts
    click.echo(
        f"Understood {name} as {done.format}: {found['rows']} rows, {found['people']} people, "
        f"{found['teams']} teams, {found['criteria']} criteria, {found['entries']} entries; "
        f"{found['errors']} errors, {found['warnings']} warnings."
    )
    for problem in done.problems:
        row = f"row {problem['row']}: " if problem.get("row") else ""
        click.echo(f"  {row}{problem['message']}", err=True)
    click.echo(f"Evaluation {done.evaluation_id} is there.")


@click.command(
    "demo", cls=Command, output="A head and a line for each login: ROLE, EMAIL and PASSWORD, with tabs."
)
@click.option("--pupils", "students", type=click.IntRange(1, 20_000), default=300, show_default=True)
@click.option("--classes", type=click.IntRange(1, 1_000), default=10, show_default=True)
def demo(students: int, classes: int) -> None:
    """Make a made-up school of this size, to look around in or to measure with."""

    async def work(installation: Installation) -> DemoLogins:
        with closing(Passwords()) as passwords:
            return await create_large(installation.units, passwords, students=students, classes=classes)

    logins = run(work).logins
    click.echo("ROLE\tEMAIL\tPASSWORD")
    for login in logins:
        click.echo(f"{login.role}\t{login.email}\t{login.password}")
