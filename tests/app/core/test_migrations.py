"""The migrations make the tables that the models describe, one after the other, and can be undone."""

import subprocess
import sys

from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.support.services import ROOT


def alembic(environ: dict[str, str], *command: str) -> str:
    """Run it on the database of `environ`; returns what it printed, and fails with that."""
    program = [sys.executable, "-m", "alembic", *command]
    done = subprocess.run(program, cwd=ROOT, env=environ, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_models_and_migrations_agree(environ: dict[str, str]) -> None:
    assert "No new upgrade operations detected" in alembic(environ, "check")


def test_migrations_go_down_to_nothing_and_up_again(environ: dict[str, str]) -> None:
    alembic(environ, "downgrade", "base")
    assert alembic(environ, "current").strip() == ""
    alembic(environ, "upgrade", "head")
    assert "No new upgrade operations detected" in alembic(environ, "check")


def test_migrations_are_one_line_without_branches() -> None:
    scripts = ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml"))
    assert len(scripts.get_heads()) == 1
    assert [one.revision for one in scripts.walk_revisions() if one.is_branch_point] == []
