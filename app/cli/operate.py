"""Commands that run an installation: `up` and `migrate`."""

import os
import subprocess
import sys
from pathlib import Path

import click

from app.cli.command import Command
from app.cli.context import environment
from app.embedded.launcher import up as launch

ROOT = Path(__file__).parents[2]


@click.command(
    cls=Command,
    output="What is started, the logins of the demo school, and a line when the pages can be opened.",
    exit_codes={
        "1": "something could not be started; standard error says why",
        "129, 130, 143": "stopped by SIGHUP, Ctrl-C or SIGTERM; everything that was started has ended",
    },
)
def up() -> None:
    """Run everything on this machine until Ctrl-C."""
    sys.exit(launch(os.environ))


@click.command(
    cls=Command,
    output="Nothing; the log of the migrations goes to standard error.",
    exit_codes={"0": "the tables are up to date", "1": "a migration failed; standard error says why"},
)
def migrate() -> None:
    """Bring the database's tables up to date. Two at once wait for each other."""
    with environment(create=True) as environ:
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        sys.exit(subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode)
