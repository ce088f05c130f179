"""House rules that a program can check, on every file that git tracks or could track."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

MAX_FILE_LINES = 325
"""A file that comes near has two jobs. The migrations, which a tool writes, are exempt."""
MAX_FUNCTION_LINES = 40
MAX_TEMPLATE_LINES = 120
"""Of a template or a script of the pages."""


@cache
def files(pattern: str) -> tuple[Path, ...]:
    """Tracked and new files that match, without what git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in sorted(set(listed.splitlines())) if (path := ROOT / name).is_file())


def name_of(path: Path) -> str:
    """The path within the repository, for messages."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """A parsed file."""
    return ast.parse(path.read_text())


PYTHON = files("*.py")
PRODUCT = [path for path in PYTHON if path.relative_to(ROOT).parts[0] in {"app", "web", "workers"}]
WRITTEN_BY_HAND = [path for path in PYTHON if "versions" not in path.parts]
"""All but the migrations, which are lists that a tool wrote."""
LAID_OUT = [*files("web/templates/*.html"), *files("web/static/*.js")]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """All functions and methods of a file."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def offences(paths: Iterable[Path], of: Callable[[Path], Iterable[object]]) -> list[str]:
    """Where a rule is broken, as `path: what`."""
    return [f"{name_of(path)}: {what}" for path in paths for what in of(path)]


def test_the_rules_look_at_something() -> None:
    assert len(PRODUCT) > 100
    assert LAID_OUT


def test_a_file_begins_with_a_line_that_says_what_lives_there() -> None:
    def unsaid(path: Path) -> Iterator[str]:
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
        if first[-1:] not in set(".:?!)"):
            yield first or "no docstring"

    assert offences(PYTHON, unsaid) == []


def test_files_are_short() -> None:
    def too_long(path: Path) -> Iterator[str]:
        lines = path.read_text().count("\n")
        limit = MAX_TEMPLATE_LINES if path in LAID_OUT else MAX_FILE_LINES
        if lines > limit:
            yield f"{lines} lines"

    assert offences([*WRITTEN_BY_HAND, *LAID_OUT], too_long) == []


def test_functions_are_short() -> None:
    def too_long(path: Path) -> list[str]:
        return [
            one.name for one in functions(path) if (one.end_lineno or 0) - one.lineno >= MAX_FUNCTION_LINES
        ]

    assert offences(WRITTEN_BY_HAND, too_long) == []


def test_templates_and_scripts_say_what_they_are() -> None:
    def unsaid(path: Path) -> Iterator[str]:
        if not path.read_text().startswith(("{#", "//", "/*", "<!--")):
            yield "begin with a comment"

    assert offences(LAID_OUT, unsaid) == []


def test_templates_hold_no_script_no_style_and_no_address_elsewhere() -> None:
    forbidden = re.compile(
        r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|(?:src|href|action)=\"(?:https?:)?//"
    )
    assert offences(files("web/templates/*.html"), lambda path: forbidden.findall(path.read_text())) == []


def test_imports_stand_at_the_top() -> None:
    def hidden(path: Path) -> Iterator[object]:
        for function in functions(path):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node.lineno
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING":
                yield node.id

    assert offences(PRODUCT, hidden) == []


def calls(path: Path, method: str) -> Iterator[ast.Call]:
    """Calls of `something.method(...)`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node


def test_only_the_unit_of_work_commits() -> None:
    others = [path for path in PRODUCT if name_of(path) != "app/core/unit_of_work.py"]
    assert offences(others, lambda path: [call.lineno for call in calls(path, "commit")]) == []


def test_public_functions_and_classes_say_what_they_do() -> None:
    def silent(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function | ast.ClassDef):
                if child.name.startswith("_"):
                    continue
                if not ast.get_docstring(child) and not _only_declares(child):
                    yield child.name
            if not isinstance(child, Function):
                yield from silent(child)

    assert offences(PRODUCT, lambda path: silent(tree(path))) == []


def _only_declares(node: Function | ast.ClassDef) -> bool:
    """A member of a protocol: `def x(self) -> int: ...`; its class says what it is for."""
    only = node.body[0]
    return isinstance(only, ast.Expr) and isinstance(only.value, ast.Constant) and only.value.value is ...


def test_tests_wait_for_conditions_and_do_not_sleep() -> None:
    """A sleep within a loop polls a condition, and `asyncio.sleep(0)` only yields to other tasks.

    Experiments are exempt: in them the times of the faults are part of what is done.
    """

    def asleep(path: Path) -> Iterator[int]:
        loops = [node for node in ast.walk(tree(path)) if isinstance(node, ast.While)]
        asking = {id(node) for loop in loops for node in ast.walk(loop)}
        for call in calls(path, "sleep"):
            gives_way = call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
            if not gives_way and id(call) not in asking:
                yield call.lineno

    imitating = {"support", "benchmarks", "soak"}
    tests = [path for path in files("tests/*.py") if path.parent.name not in imitating]
    assert offences(tests, asleep) == []


def test_no_package_hides_the_library_that_makes_migrations() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
