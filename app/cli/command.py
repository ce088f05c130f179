"""A command whose help also says what it prints and with which code it exits."""

from collections.abc import Mapping
from typing import Any

import click

EXIT_CODES: Mapping[str, str] = {
    "0": "done",
    "1": "refused or failed; one sentence on standard error says why",
    "2": "the arguments are wrong",
}


class Command(click.Command):
    """As click's; `output` is the shape of what it prints to standard output."""

    def __init__(
        self, *arguments: Any, output: str, exit_codes: Mapping[str, str] = EXIT_CODES, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.output = output
        self.exit_codes = exit_codes

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections "Output" and "Exit codes"."""
        with formatter.section("Output"):
            formatter.write_text(self.output)
        with formatter.section("Exit codes"):
            formatter.write_dl(list(self.exit_codes.items()))
        super().format_epilog(ctx, formatter)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
