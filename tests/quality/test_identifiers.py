"""The goals for identifiers are reached, over all of PeerNL."""

import peernl
from tests.quality.figures import half_of
from tests.quality.identifiers import identifiers, stands


def test_the_goals_are_reached() -> None:
    figures = identifiers()
    assert [figure.row() for figure in figures if figure.reached is False] == []
    assert sum(figure.reached is True for figure in figures) == 4


def test_the_halves_are_halves() -> None:
    seen = sum(half_of(key) == "seen" for key in peernl.comments())
    assert 0.4 < seen / len(peernl.comments()) < 0.6


def test_an_identifier_stands_as_long_as_a_word_of_it_does() -> None:
    name = peernl.Identifier("Mees de Wit", "roster")
    assert stands(name, ["met", "mees"], [])
    assert stands(name, ["wit"], [])
    assert not stands(name, ["de", "muur", "is", "wit"], ["de", "muur", "is", "wit"])
    clause = peernl.Identifier("toen ik ziek was", "indirect")
    assert stands(clause, ["hielp", "toen", "ik", "ziek"], [])
    assert not stands(clause, ["toen", "ik", "hielp"], [])
