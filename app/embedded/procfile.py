"""Reads a Procfile: a line of `name: command` for each process (devcenter.heroku.com/articles/procfile)."""

import re

_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")


def parse_procfile(text: str) -> dict[str, str]:
    """The command of each process, in the order of the file; empty lines and `#` comments are left out.

    Raises ValueError for any other line, and for a name that comes twice.
    """
    commands: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.rstrip())
        if found is None or found[1] in commands:
            raise ValueError(f"Line {number} of the Procfile is not a new `name: command`: {line!r}")
        commands[found[1]] = found[2]
    return commands
