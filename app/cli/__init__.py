"""`terugblik`: the command line of those who run an installation."""

import click

from app.cli import operate
from app.cli.check import check
from app.cli.command import Group
from app.cli.evaluations import demo, import_file
from app.cli.schools import school
from app.cli.tokens import token
from app.cli.users import user


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Terugblik: summaries of peer feedback.

    Without DATABASE_URL and REDIS_URL the commands work on the embedded services, whose data is in the folder
    TERUGBLIK_HOME (.local below the current folder when that is not set).
    """


for command in (operate.up, operate.migrate, check, school, user, token, import_file, demo):
    main.add_command(command)
