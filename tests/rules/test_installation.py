"""The files that installing rests on agree with each other and with pyproject.toml."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from app.embedded.procfile import parse_procfile
from app.settings import load

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^ ;\\]+)", re.MULTILINE)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text()))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~ ;]", requirement)[0] for requirement in requirements}


RUNTIME, EMBEDDED, DEV = (pins(f"requirements{kind}.lock") for kind in ("", "-embedded", "-dev"))


def test_every_dependency_is_locked_where_it_belongs() -> None:
    needed = names(PROJECT["dependencies"])
    assert needed <= RUNTIME.keys()
    assert needed | names(EXTRAS["embedded"]) | {"hatchling"} <= EMBEDDED.keys()
    assert needed | names(EXTRAS["embedded"]) | names(EXTRAS["dev"]) <= DEV.keys()


def test_the_image_gets_neither_databases_nor_tools() -> None:
    assert not RUNTIME.keys() & (names(EXTRAS["embedded"]) | names(EXTRAS["dev"]))
    assert "requirements.lock" in (ROOT / "Dockerfile").read_text()
    assert (ROOT / "requirements.txt").read_text().splitlines()[-1] == "-r requirements.lock"


def test_the_lock_files_agree_on_every_version() -> None:
    assert RUNTIME.items() <= EMBEDDED.items()
    assert EMBEDDED.items() <= DEV.items()


def test_every_pin_has_hashes() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        for entry in re.split(r"\n(?=\S)", lock.read_text().strip()):
            assert "--hash=sha256:" in entry, f"{lock.name}: {entry.splitlines()[0]}"


def test_the_procfile_names_processes_that_can_run() -> None:
    lines = parse_procfile((ROOT / "Procfile").read_text())
    assert list(lines) == ["release", "web", "worker", "worker-urgent", "scheduler"]
    for line in lines.values():
        program = next(word for word in line.split() if word != "env" and "=" not in word)
        assert program == "python" or program in names(PROJECT["dependencies"])
    assert "TERUGBLIK_LANES=high,normal " in lines["worker-urgent"]
    for name in ("web", "worker", "worker-urgent"):  # docs/operations.md, "Memory"
        assert "MALLOC_TRIM_THRESHOLD_=131072 " in lines[name]


def test_the_image_copies_only_what_is_let_through() -> None:
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert sources == let_through
    for source in sources:
        assert (ROOT / source).exists()


def test_the_example_environment_is_valid_once_the_secret_is_given() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    proposed = dict(line[1:].split("=", 1) for line in lines if re.match(r"#[A-Z_]+=", line))
    settings = load(given | proposed | {"SECRET_KEY": "x" * 32})
    assert load(given | {"SECRET_KEY": "x" * 32, "PORT": "8000"}).worker == settings.worker


def test_the_example_environment_has_one_line_for_every_setting() -> None:
    """And for no other: WEB_CONCURRENCY is read by uvicorn."""
    read = set(re.findall(r'reader\.\w+\(\s*"([A-Z_]+)"', (ROOT / "app" / "settings.py").read_text()))
    listed = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(read | {"WEB_CONCURRENCY"})


def test_the_image_runs_procfile_lines_by_name_and_other_commands_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = shutil.copy(ROOT / "bin" / "process", tmp_path / "bin")
    (tmp_path / "Procfile").write_text("web: echo web on ${PORT:-8000}\nweb-urgent: echo urgent\n")

    def run(*command: str) -> str:
        return subprocess.run([program, *command], capture_output=True, text=True, check=True).stdout

    assert run("web") == "web on 8000\n"
    assert run("web-urgent") == "urgent\n"
    assert run("echo", "web") == "web\n"
    assert run("/bin/echo", "hello") == "hello\n"
