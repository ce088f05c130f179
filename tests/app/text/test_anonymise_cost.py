"""Taking names out costs time in proportion to the text, and little for the largest roster."""

import tracemalloc
from collections.abc import Callable

import pytest

from app.text.anonymise import Anonymiser
from app.text.name_words import MAX_NAME_LETTERS
from app.text.roster_names import MAX_SHAPED_NAMES, RosterNames
from app.text.types import RosterName
from tests.support.growth import MOST, growth, repeated

ROSTER = (
    RosterName("Sanne", "Vries", "de", ("San", "de snelle sanne"), "s.devries@school.nl", "123456"),
    RosterName("Jan Willem", "Bakker"),
    RosterName("Mees", "Kerk"),
)
HOSTILE = {
    # SECURITY.md, finding 2.
    "squared unit": repeated("\u3316"),
    "lines": repeated("\n", around="x"),
    "number sign": repeated("№ "),
    "no": repeated("no "),
    "blanks in a list": lambda length: "Sanne ," + " " * length + "x Mees",
    # Of the same kinds: each rule is made to begin, and not to end, at every place.
    "one word": repeated("a"),
    "letters apart": repeated("a "),
    "dots": repeated("a."),
    "hyphens": repeated("a-"),
    "digits": repeated("0-"),
    "numbers": repeated("123 "),
    "addresses": repeated("a@"),
    "links": repeated("www."),
    "names in a row": repeated("Sanne, "),
    "names as words": repeated("Kerk "),
    "initials": repeated("J. "),
    "infixes": repeated("van de "),
    "unknown words": repeated("qxzvw "),
    "capitals": repeated("Xqz "),
    "disguised": repeated("s4-"),
    "hash signs": repeated("#"),
    "described": repeated("die oude man met "),
    "relatives": repeated("mijn zus "),
    "the only ones": repeated("de enige "),
    "aliases": repeated("de snelle "),
    "quotation marks": repeated("'"),
    "called out": repeated("Mees! "),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_time_is_linear_in_the_length(make: Callable[[int], str]) -> None:
    # An anonymiser remembers words, so that each text gets one that has seen none.
    assert growth(lambda text: Anonymiser(ROSTER).clean(text), make) <= MOST


def test_different_unknown_words_cost_time_in_proportion() -> None:
    def different(length: int) -> str:
        return " ".join(f"q{word(number)}z" for number in range(length // 6))

    assert growth(lambda text: Anonymiser(ROSTER).clean(text), different) <= MOST


def word(number: int) -> str:
    """A word of letters for each number."""
    return f"{number:x}".translate(str.maketrans("0123456789", "ghijklmnop"))


def test_a_word_longer_than_any_name_is_looked_up_in_no_shape() -> None:
    names = RosterNames(ROSTER)
    assert names.use("sanne" * 20) is None
    assert names.use("s" * 5_000) is None
    assert not names.is_glued("sanne" * MAX_NAME_LETTERS)


def test_the_largest_roster_costs_little_memory() -> None:
    """3,000 people with 20 aliases of 100 letters cost 2.2 GB once."""
    aliases = [(word(number) * 100)[:100] for number in range(60_000)]
    roster = [
        RosterName(f"Naam{word(at)}", f"Familie{word(at)}", "", tuple(aliases[at * 20 : at * 20 + 20]))
        for at in range(3_000)
    ]
    tracemalloc.start()
    try:
        names = RosterNames(roster)
        names.use("onbekend")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 60_000_000
    assert len(names.given) + len(names.family) > MAX_SHAPED_NAMES
    assert names.use(roster[0].aliases[0]) is not None
