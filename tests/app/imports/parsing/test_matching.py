"""A name finds its one person; anything less sure is only proposed."""

import pytest

from app.imports.parsing.matching import Exact, NameBook, Proposal
from app.imports.parsing.names import parse_name

PEOPLE = (
    "Sanne de Vries",
    "Jan van der Berg",
    "Sem Bos",
    "Sam Bos",
    "Eva Smit",
    "Eva Smit",
    "Johanna (Joke) Kok",
)
BOOK = NameBook((name, parse_name(name)) for name in PEOPLE)


@pytest.mark.parametrize("text", ["Sanne de Vries", "SANNE  de vries", "Vries, Sanne de", "Sànne de Vriés"])
def test_exact_but_for_case_accents_and_spaces(text: str) -> None:
    assert BOOK.match(parse_name(text)) == Exact("Sanne de Vries")


@pytest.mark.parametrize(
    ("text", "reason", "people"),
    [
        ("Sanne de Vreis", "typing_error", ("Sanne de Vries",)),
        ("Sane de Vries", "typing_error", ("Sanne de Vries",)),
        ("Sannne de Vries", "typing_error", ("Sanne de Vries",)),
        ("Sonne de Vries", "typing_error", ("Sanne de Vries",)),
        ("Som Bos", "typing_error", ("Sem Bos", "Sam Bos")),
        ("Sanne", "part_of_name", ("Sanne de Vries",)),
        ("Sanne Vries", "part_of_name", ("Sanne de Vries",)),
        ("Vries Sanne de", "part_of_name", ("Sanne de Vries",)),
        ("S. de Vries", "part_of_name", ("Sanne de Vries",)),
        ("Joke Kok", "part_of_name", ("Johanna (Joke) Kok",)),
        ("Joke", "part_of_name", ("Johanna (Joke) Kok",)),
        ("Eva Smit", "same_name", ("Eva Smit", "Eva Smit")),
    ],
)
def test_the_rest_is_proposed(text: str, reason: str, people: tuple[str, ...]) -> None:
    match = BOOK.match(parse_name(text))
    assert isinstance(match, Proposal)
    assert (match.reason, set(match.people)) == (reason, set(people))


@pytest.mark.parametrize("text", ["", "Karel de Grote", "Sannah de Freese", "Vries"])
def test_nobody(text: str) -> None:
    assert BOOK.match(parse_name(text)) is None


def test_an_initial_in_the_list_is_found_by_the_whole_name() -> None:
    book = NameBook([(1, parse_name("S. de Vries")), (2, parse_name("Kim Bos"))])
    assert book.match(parse_name("Sanne de Vries")) == Proposal((1,), "part_of_name")
