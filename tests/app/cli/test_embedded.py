"""Commands on the embedded services: which they start, and that none makes a second database by mistake."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.app.cli.conftest import OWNER, runner
from tests.support.services import ROOT


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder that PostgreSQL's own user can get at, also when the tests run as root."""
    made = Path(tempfile.mkdtemp(prefix="terugblik-cli-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


Terugblik = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def terugblik(home: Path) -> Terugblik:
    """Runs `terugblik ...` as a process of its own, with the embedded services of the home folder."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR", "PATH") if name in os.environ}
    environ = kept | {"TERUGBLIK_HOME": str(home), "OLLAMA_BASE_URL": "http://127.0.0.1:9"}

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            cwd=ROOT,
            env=environ,
            check=False,
            capture_output=True,
            text=True,
        )

    return command


def test_the_commands_work_on_embedded_services_that_do_not_run(terugblik: Terugblik, home: Path) -> None:
    """Each command starts the services of the folder, and leaves them stopped; what was written stays."""
    assert terugblik("migrate").returncode == 0
    assert terugblik("school", "add", "de-brug", "De Brug").returncode == 0
    assert terugblik("school", "list").stdout == "de-brug\tDe Brug\n"
    names = ("--role", "teacher", "--given-name", "Olga")
    assert terugblik("user", "add", "de-brug", OWNER, *names).returncode == 0
    assert terugblik("token", "create", OWNER).stdout.startswith("tb_")
    unknown = terugblik("token", "create", "nobody@brug.example")
    assert unknown.returncode == 1
    assert unknown.stderr == (
        f"Error: Nobody has the address nobody@brug.example. This is the database in {home}.\n"
    )
    looked = terugblik("check")
    assert looked.returncode == 0, "the demo model stands in for the one that does not answer"
    assert [line.split()[0] for line in looked.stdout.splitlines()] == ["ok", "ok", "note", "ok", "ok"]
    assert str(home) in looked.stdout
    assert not list(home.rglob("postmaster.pid")), "nothing is left running"


@pytest.mark.parametrize("arguments", [("token", "create", OWNER), ("school", "list"), ("check",)])
def test_a_folder_without_a_database_is_named_and_left_as_it_is(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    refused = runner({"TERUGBLIK_HOME": str(elsewhere)})(*arguments)
    assert refused.exit_code == 1
    assert refused.output == (
        f"Error: There is no database in {elsewhere}. Set TERUGBLIK_HOME to the folder that holds it, "
        "or make one there with `terugblik up` or `terugblik migrate`.\n"
    )
    assert not elsewhere.exists()
