"""What the papers name is there: files, links and targets of make."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.test_house_rules import PYTHON, ROOT, files, name_of, offences
from tests.rules.test_installation import EXTRAS, PROJECT, names

PAPERS = files("*.md")
SOURCE_PATH = re.compile(r"`((?:app|web|workers|tests|docs|bin|alembic|peernl|\.github)/[^`\s]*)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"\bmake ([a-z]+)\b")


def written_in_code(text: str) -> Iterator[str]:
    """What stands in fenced blocks and between backticks."""
    yield from re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_files_that_a_paper_names_are_there(paper: Path) -> None:
    """A heading may name a file that the reader is to make."""
    text = re.sub(r"^#.*", "", paper.read_text(), flags=re.MULTILINE)
    named = [path for path in SOURCE_PATH.findall(text) if not re.search(r"[<*…{]", path)]
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_links_of_a_paper_lead_somewhere(paper: Path) -> None:
    assert [link for link in LINK.findall(paper.read_text()) if not (paper.parent / link).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_targets_of_make_that_a_paper_names_are_there(paper: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for code in written_in_code(paper.read_text()) for target in TARGET.findall(code)}
    assert named - targets == set()


def test_papers_that_code_names_are_there() -> None:
    named = re.compile(r"\b(docs/[\w/.-]+\.md|[A-Z]{4,}\.md)\b")
    there = {name for paper in PAPERS for name in (name_of(paper), paper.name)}
    assert offences(PYTHON, lambda path: set(named.findall(path.read_text())) - there) == []


def test_the_readme_says_what_every_dependency_is_for() -> None:
    table = (ROOT / "README.md").read_text().partition("## What it stands on\n")[2].partition("\n## ")[0]
    listed = {
        name for row in re.findall(r"^\| ([a-z][^|]*) \|", table, re.MULTILINE) for name in row.split(", ")
    }
    needed = names(PROJECT["dependencies"]) | names(EXTRAS["embedded"])
    assert listed - {"dependency"} == needed | {"redis"}  # by way of Dramatiq's extra


def test_the_papers_are_looked_at() -> None:
    assert len(PAPERS) > 20
