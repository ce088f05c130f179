"""`terugblik`: the command line of those who run an installation."""

import click

from app.cli import classes, operate, people


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Terugblik: summaries of peer feedback.

    Without DATABASE_URL and REDIS_URL the commands work on the embedded services.
    """


for command in (*operate.COMMANDS, *people.COMMANDS, *classes.COMMANDS):
    main.add_command(command)
