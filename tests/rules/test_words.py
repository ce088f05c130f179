"""Retired words stay out of identifiers and file names: the table at the end of docs/GLOSSARY.md says which.

Names are looked at where they are made (functions, classes, arguments, variables, attributes, aliases), so
what a library calls its own things is no offence. Strings are no identifiers; tests are named by sentences.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from itertools import pairwise

import pytest

from tests.rules.test_house_rules import ROOT, WRITTEN_BY_HAND, Function, files, name_of, tree

KINDS = ("any name", "whole name", "function", "file", "constant")

STILL_THERE = {"app": 60, "tests": 31, "workers": 5}
"""Offences that are known and on their way out, by top folder. A number here only falls."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A retired word as the glossary writes it, and where it is refused."""

    word: str
    kind: str


@dataclass(frozen=True, slots=True)
class Named:
    """A name that the code gives to something; `kind` is variable, function or file."""

    name: str
    kind: str = "variable"


def words_of(name: str) -> list[str]:
    """The words of an identifier: `LeaseKeeper` and `_lease_keeper` are both lease, keeper."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def read_retired(glossary: str) -> list[Retired]:
    """The rows of the last table: words in backticks, then where they are refused."""
    table = glossary.partition("\n## Retired words\n")[2]
    rows = re.findall(r"^\| (`.+?`) \| ([a-z ]+) \|", table, re.MULTILINE)
    return [Retired(word, kind) for words, kind in rows for word in re.findall(r"`([^`]+)`", words)]


RETIRED = read_retired((ROOT / "docs" / "GLOSSARY.md").read_text())


def is_refused(retired: Retired, named: Named) -> bool:
    """Whether this name holds that retired word in a way in which it is refused."""
    words = words_of(named.name)
    if retired.kind == "any name":
        return retired.word in words
    if not fnmatchcase("_".join(words), retired.word.lower()):
        return False
    if retired.kind == "constant":
        return named.kind == "variable" and named.name.isupper()
    return retired.kind in {"whole name", named.kind}


@cache
def is_retired(named: Named) -> bool:
    """Whether any row of the table refuses this name."""
    return any(is_refused(retired, named) for retired in RETIRED)


def names_in(module: ast.Module, exempt: frozenset[str]) -> Iterator[Named]:
    """Every name that a module gives, but for tests and for attributes of the classes named `exempt`."""
    declared = {
        id(statement.target)
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef) and node.name in exempt
        for statement in node.body
        if isinstance(statement, ast.AnnAssign)
    }
    for node in ast.walk(module):
        name = given_name(node)
        if name is not None and not name.startswith("test_") and id(node) not in declared:
            yield Named(name, "function" if isinstance(node, Function) else "variable")


def given_name(node: ast.AST) -> str | None:
    """The name that this node gives to something; None when it gives none."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            return name
        case ast.alias(asname=name) | ast.ExceptHandler(name=name) | ast.MatchAs(name=name):
            return name
    return None


def tables_and_messages() -> frozenset[str]:
    """The classes whose attributes are columns or keys of JSON: all that descend from `Base` or `Struct`."""
    bases = {
        node.name: {
            base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases
        }
        for path in WRITTEN_BY_HAND
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    }
    found = {"Base", "Struct"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


def offences() -> dict[str, Counter[str]]:
    """The refused names of every file that has some, with how often it gives each."""
    exempt = tables_and_messages()
    found = {}
    for path in [*WRITTEN_BY_HAND, *files("web/templates/*.html"), *files("web/static/*")]:
        named = [Named(path.stem, "file")]
        if path.suffix == ".py":
            named += names_in(tree(path), exempt)
        counts = Counter(one.name for one in named if is_retired(one))
        if counts:
            found[name_of(path)] = counts
    return found


def test_no_retired_word_is_used() -> None:
    left = Counter(STILL_THERE)
    report = []
    for name, counts in offences().items():
        left[name.partition("/")[0]] -= counts.total()
        report.append(f"{name}: " + ", ".join(f"{word} ({n})" for word, n in counts.most_common()))
    over = {folder: -number for folder, number in left.items() if number < 0}
    assert not over, f"more than STILL_THERE allows, by folder: {over}\n" + "\n".join(report)


def test_the_glossary_retires_words_in_known_ways() -> None:
    assert len(RETIRED) > 40
    assert {retired.kind for retired in RETIRED} == set(KINDS)


@pytest.mark.parametrize(
    ("word", "kind", "refused", "allowed"),
    [
        ("told", "any name", ["told", "was_told", "WasTold", "TOLD"], ["untold", "toldyou"]),
        ("keeper", "whole name", ["keeper", "_keeper", "Keeper"], ["lease_keeper", "LeaseKeeper"]),
        ("*_within", "constant", ["ANSWER_WITHIN", "_A_B_WITHIN"], ["answer_within", "WITHIN", "WITHIN_A"]),
        ("longest", "constant", ["LONGEST"], ["longest", "LONGEST_NAME"]),
    ],
)
def test_a_word_is_refused_where_the_glossary_says(
    word: str, kind: str, refused: list[str], allowed: list[str]
) -> None:
    retired = Retired(word, kind)
    assert [name for name in refused if not is_refused(retired, Named(name))] == []
    assert [name for name in allowed if is_refused(retired, Named(name))] == []


def test_a_function_is_known_from_a_variable() -> None:
    assert is_refused(Retired("of", "function"), Named("of", "function"))
    assert not is_refused(Retired("of", "function"), Named("of"))


def test_names_are_found_wherever_one_is_given() -> None:
    source = """
import one as alias
class Row(Base):
    column: int
    def method(self, argument): self.attribute = variable = library.attribute_of_another = 1
class Value:
    field: int
    text = "told"
with opened as target:
    for loop in walrus_from(w := 1): library(keyword=1)
"""
    found = {named.name for named in names_in(ast.parse(source), frozenset({"Row"}))}
    assert found >= {
        "alias",
        "Row",
        "method",
        "argument",
        "attribute",
        "variable",
        "field",
        "target",
        "loop",
        "w",
    }
    assert not found & {"column", "told", "keyword", "library", "attribute_of_another", "one"}


def test_rows_come_once_each() -> None:
    seen = sorted((retired.word.lower(), retired.kind) for retired in RETIRED)
    assert [one for one, other in pairwise(seen) if one == other] == []
