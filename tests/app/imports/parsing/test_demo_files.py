"""The files of the demo school are read without a single problem, and hold what the demo promises."""

from collections import defaultdict
from pathlib import Path

import pytest

from app.imports.parsing.matching import Exact, NameBook
from app.imports.parsing.read import read
from app.imports.parsing.types import Understood

DEMO = Path(__file__).parents[4] / "app" / "embedded" / "demo"
FEEDBACK = ("v3a-feedback.csv", "h2b-feedback.csv", "y9c-evaluation.json")


def load(name: str) -> Understood:
    return read((DEMO / name).read_bytes(), name)


def reviewers_with_text(found: Understood) -> dict[int, set[int]]:
    """Reviewee → who wrote something, team-mates only."""
    reviewers: dict[int, set[int]] = {place: set() for place in range(len(found.people))}
    for entry in found.entries:
        if entry.kind == "peer" and entry.comment:
            reviewers[entry.reviewee].add(entry.reviewer)
    return reviewers


@pytest.mark.parametrize(
    ("name", "format_name", "rows", "entries", "comments", "teams"),
    [
        ("v3a-leerlingen.csv", "roster", 28, 0, 0, 7),
        ("v3a-feedback.csv", "long_csv", 413, 413, 169, 0),
        ("h2b-students.csv", "roster", 28, 0, 0, 7),
        ("h2b-feedback.csv", "long_csv", 336, 336, 161, 7),
        ("y9c-evaluation.json", "own_json", 452, 424, 146, 7),
    ],
)
def test_every_file_is_understood_whole(
    name: str, format_name: str, rows: int, entries: int, comments: int, teams: int
) -> None:
    found = load(name)
    assert (found.format, found.rows, len(found.people), found.problems) == (format_name, rows, 28, ())
    assert (len(found.entries), len(found.teams)) == (entries, teams)
    assert sum(entry.comment is not None for entry in found.entries) == comments
    assert len(found.memberships) == teams * 4


@pytest.mark.parametrize("path", sorted(DEMO.iterdir()), ids=lambda path: path.name)
def test_every_file_of_the_folder_is_free_of_problems(path: Path) -> None:
    found = load(path.name)
    assert found.problems == ()
    assert found.people


def test_the_comments_are_many_and_different() -> None:
    texts = [entry.comment for name in FEEDBACK for entry in load(name).entries if entry.comment]
    assert len(set(texts)) >= 450


def test_most_pupils_have_three_reviewers_and_a_few_too_little() -> None:
    counts: defaultdict[int, int] = defaultdict(int)
    for name in FEEDBACK:
        for reviewers in reviewers_with_text(load(name)).values():
            counts[len(reviewers)] += 1
    assert counts == {3: 75, 2: 7, 1: 2}


def test_the_export_has_the_people_of_the_roster_by_their_exact_names() -> None:
    roster, feedback = load("v3a-leerlingen.csv"), load("v3a-feedback.csv")
    book = NameBook((place, person.name) for place, person in enumerate(roster.people))
    matches = [book.match(person.name) for person in feedback.people]
    assert {match.person for match in matches if isinstance(match, Exact)} == set(range(28))


def test_the_demo_pupil_has_good_feedback_of_three_team_mates() -> None:
    roster, feedback = load("v3a-leerlingen.csv"), load("v3a-feedback.csv")
    student = next(person for person in roster.people if person.email == "leerling@demo.example")
    place = next(at for at, person in enumerate(feedback.people) if person.name.key == student.name.key)
    comments = [e.comment for e in feedback.entries if e.reviewee == place and e.kind == "peer" and e.comment]
    assert len(reviewers_with_text(feedback)[place]) == 3
    assert len(comments) >= 6


def test_nobody_in_the_demo_can_be_written_to() -> None:
    people = [person for path in DEMO.iterdir() for person in load(path.name).people]
    addresses = [person.email for person in people if person.email]
    assert len(set(addresses)) == 84
    assert all(address.endswith("@demo.example") for address in addresses)
