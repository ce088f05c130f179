"""The lines of a Procfile, good and bad."""

import pytest

from app.embedded.procfile import parse_procfile


def test_commands_are_kept_as_they_are_and_in_order() -> None:
    text = "# processes\nrelease: app migrate\n\nweb:   env A=1 serve: --port ${PORT:-80}  \nworker-2: work\n"
    assert list(parse_procfile(text).items()) == [
        ("release", "app migrate"),
        ("web", "env A=1 serve: --port ${PORT:-80}"),
        ("worker-2", "work"),
    ]


@pytest.mark.parametrize("line", ["web", "web:", "web:  ", "two words: run", ": run", "web: again"])
def test_another_line_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(ValueError, match="Line 2 "):
        parse_procfile(f"web: run\n{line}\n")
