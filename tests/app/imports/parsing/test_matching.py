"""A name finds its one person; anything less sure is only proposed."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.parsing.matching import MIN_FUZZY_LENGTH, Exact, NameBook, Proposal
from app.imports.parsing.names import Name, parse_name

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


@pytest.mark.parametrize(
    "text",
    [
        "Elisa van den Bosch",
        "Bosch, Elisa van den",
        "van den Bosch, Elisa",
        "ELISA  VAN DEN BOSCH",
    ],
)
def test_a_comma_says_which_is_the_family_name_so_the_order_is_sure(text: str) -> None:
    book = NameBook([(1, parse_name("Elisa van den Bosch")), (2, parse_name("Zoë van den Berg"))])
    assert book.match(parse_name(text)) == Exact(1)


@pytest.mark.parametrize(
    "text",
    [
        "Zoe v.d. Berg",
        "Zoë vd Berg",
        "Zoe v. d. Berg",
        "Zoe v/d Berg",
        "Berg, Zoe v.d.",
        "Zoë van der Berg",
        "Zoe Berg",
        "Z. van den Berg",
        "Z.M. v.d. Berg",
        "van den Berg Zoë",
        "Berg Zoë van den",
        "Zoë Maria van den Berg",
    ],
)
def test_what_is_shortened_or_in_another_order_is_proposed(text: str) -> None:
    book = NameBook([(1, parse_name("Zoë van den Berg")), (2, parse_name("Sanne de Vries"))])
    assert book.match(parse_name(text)) == Proposal((1,), "part_of_name")


@pytest.mark.parametrize(
    "text", ["Zed van den Berg", "M. van den Berg", "Zoë van den Bos", "van den Berg", "Z. B."]
)
def test_another_name_is_not_proposed_for_a_shared_word(text: str) -> None:
    book = NameBook([(1, parse_name("Zoë van den Berg"))])
    assert book.match(parse_name(text)) is None


LETTERS = st.sampled_from(string.ascii_lowercase)
WORDS = st.text(LETTERS, min_size=MIN_FUZZY_LENGTH, max_size=24)


@given(WORDS, st.integers(0, 23), LETTERS)
def test_no_single_typing_error_is_missed_wherever_it_is(name: str, position: int, letter: str) -> None:
    at = position % len(name)
    errors = {
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at:],
        name[:at] + letter + name[at + 1 :],
        name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
    }
    book = NameBook([(1, Name(given=name))])
    for error in errors - {name}:
        if len(error) >= MIN_FUZZY_LENGTH:
            assert book.match(Name(given=error)) == Proposal((1,), "typing_error"), error
