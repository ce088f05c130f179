"""`import` and `demo`."""

from pathlib import Path

from app.accounts.principal import ROLES
from tests.app.cli.conftest import Command, rows

FEEDBACK = (
    "to_student_id,to_student_name,from_student_id,from_student_name,type,score,"
    "criterion_id,criterion_name,created_at,comment\n"
    "900001,Piet Proef,900002,Klaas Keur,peer,4,1,Samenwerken,01-02-2026,Werkt goed samen\n"
    "900002,Klaas Keur,900001,Piet Proef,peer,abc,1,Samenwerken,01-02-2026,Komt op tijd\n"
)


def test_a_file_is_imported_and_reported(terugblik: Command, owner: str, tmp_path: Path) -> None:
    file = tmp_path / "feedback.csv"
    file.write_text(FEEDBACK)
    done = terugblik("import", str(file), "--title", "Project Water", "--teacher", owner)
    assert done.exit_code == 0, done.output
    assert "2 rows, 2 people" in done.output
    assert "row 3" in done.output, "the score that is no number"
    assert "Evaluation 1 is there." in done.output


def test_a_file_that_says_nothing_is_refused(terugblik: Command, owner: str, tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    refused = terugblik("import", str(file), "--title", "x", "--teacher", owner)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")
    assert "Traceback" not in refused.output


def test_an_import_from_the_command_line_is_noted_without_an_actor(
    terugblik: Command, owner: str, tmp_path: Path, environ: dict[str, str]
) -> None:
    file = tmp_path / "feedback.csv"
    file.write_text(FEEDBACK)
    assert terugblik("import", str(file), "--title", "Project Water", "--teacher", owner).exit_code == 0
    noted = rows(environ, "SELECT action, actor_id, detail FROM audit_event ORDER BY id DESC LIMIT 1")
    assert noted == [("import.applied", None, {"via": "cli"})]


def test_a_file_that_is_not_there_is_refused_with_the_way_to_an_example(
    terugblik: Command, owner: str, tmp_path: Path
) -> None:
    missing = tmp_path / "klas-3b.csv"
    refused = terugblik("import", str(missing), "--title", "x", "--teacher", owner)
    assert refused.exit_code == 1
    assert refused.output == (
        f"Error: There is no file {missing}. `terugblik import --template > klas-3b.csv` writes an example.\n"
    )
    folder = terugblik("import", str(tmp_path), "--title", "x", "--teacher", owner)
    assert folder.output == f"Error: {tmp_path} cannot be read: Is a directory.\n"


def test_the_template_is_a_class_that_is_understood_without_a_remark(
    terugblik: Command, owner: str, tmp_path: Path
) -> None:
    file = tmp_path / "klas.csv"
    file.write_text(terugblik("import", "--template").stdout)
    done = terugblik("import", str(file), "--title", "Project Water", "--teacher", owner)
    assert done.exit_code == 0, done.output
    assert "12 rows, 4 people, 1 teams, 1 criteria, 12 entries; 0 errors, 0 warnings." in done.output


def test_the_demo_lists_its_logins_under_a_head(terugblik: Command) -> None:
    made = terugblik("demo", "--pupils", "8", "--classes", "2")
    assert made.exit_code == 0, made.output
    head, *logins = [line.split("\t") for line in made.stdout.splitlines()]
    assert head == ["ROLE", "EMAIL", "PASSWORD"]
    assert {role for role, _, _ in logins} < set(ROLES)
