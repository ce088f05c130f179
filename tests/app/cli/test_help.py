"""The help of every command says what it does, what it prints and how it exits."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.command import Command


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The words of every command below the group."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            assert isinstance(command, Command), name
            yield (*path, name)


@pytest.mark.parametrize("words", list(commands(main)), ids=" ".join)
def test_help_says_what_is_printed_and_how_it_exits(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*words, "--help"])
    assert shown.exit_code == 0
    usage, _, rest = shown.output.partition("\n\n")
    assert usage.startswith("Usage: ")
    assert rest.lstrip()[0].isupper(), "a sentence on what it does"
    output, _, codes = rest.partition("Output:\n")[2].partition("Exit codes:\n")
    assert output.strip()
    assert codes.strip()
