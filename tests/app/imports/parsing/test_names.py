"""Dutch names come apart, and the same name written in another way is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.parsing.names import Name, match_key, name_from_parts, parse_name


@pytest.mark.parametrize(
    "text",
    [
        "Jan van der Berg",
        "Berg, Jan van der",
        "van der Berg, Jan",
        "Berg van der, Jan",
        "Berg, van der, Jan",
        " jan   VAN DER berg ",
        "Ján van der Bérg",
    ],
)
def test_ways_to_write_one_name(text: str) -> None:
    name = parse_name(text)
    assert name.key == "jan van der berg"
    assert [match_key(part) for part in (name.given, name.infix, name.family)] == ["jan", "van der", "berg"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sanne", Name("Sanne")),
        ("Emma Smit", Name("Emma", "", "Smit")),
        ("Jan Willem de Boer", Name("Jan Willem", "de", "Boer")),
        ("Bram van 't Hof", Name("Bram", "van 't", "Hof")),
        ("Ties op de Beek", Name("Ties", "op de", "Beek")),
        ("Mohammed El Amrani", Name("Mohammed", "El", "Amrani")),
        ("Lisa Jansen - de Wit", Name("Lisa", "", "Jansen-de Wit")),
        ("Jansen-de Wit, Lisa", Name("Lisa", "", "Jansen-de Wit")),
        ("Anh Le", Name("Anh", "", "Le")),
        ("J. de Vries", Name("J.", "de", "Vries")),
        ("Zoë v.d. Berg", Name("Zoë", "v.d.", "Berg")),
        ("Zoë v. d. Berg", Name("Zoë", "v. d.", "Berg")),
        ("Berg, Zoë vd", Name("Zoë", "vd", "Berg")),
        ("Jan V. Berg", Name("Jan V.", "", "Berg")),
        ("Johanna (Joke) Smit", Name("Johanna", "", "Smit", ("Joke",))),
        ("Smit, Johanna “Joke”", Name("Johanna", "", "Smit", ("Joke",))),
        ("", Name()),
        (",", Name()),
        ("de", Name("de")),
    ],
)
def test_names_come_apart(text: str, name: Name) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Jan", "van der", "Berg"), Name("Jan", "van der", "Berg")),
        (("Jan", "", "van der Berg"), Name("Jan", "van der", "Berg")),
        (("Jan", "", "Berg, van der"), Name("Jan", "van der", "Berg")),
        (("Jan", "", "Berg van der"), Name("Jan", "van der", "Berg")),
        (("Jan", "", ""), Name("Jan")),
        (("Johanna (Joke)", "", "Smit"), Name("Johanna", "", "Smit", ("Joke",))),
    ],
)
def test_an_infix_goes_where_it_belongs(parts: tuple[str, str, str], name: Name) -> None:
    assert name_from_parts(*parts) == name


@given(st.text(max_size=60))
def test_no_text_breaks_it_and_no_letter_is_lost(text: str) -> None:
    name = parse_name(text)
    if "," not in text and not name.aliases:
        assert name.key.replace(" ", "") == match_key(text).replace(" ", "")


@pytest.mark.parametrize(
    ("one", "other"), [("Søren", "soren"), ("O’Brien", "OBRIEN"), ("Łukasz", "lukasz"), ("Zoë", "zoe")]
)
def test_folding(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)
