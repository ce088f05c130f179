"""Who is who when rows mention people in different ways."""

from app.imports.parsing.names import Name, parse_name
from app.imports.parsing.people import Mention, People
from app.imports.parsing.problems import Code

SANNE = parse_name("Sanne de Vries")


def people(*mentions: Mention) -> People:
    return People(enumerate(mentions, 2))


def test_a_name_is_the_same_person_as_the_one_with_an_address_wherever_it_stands() -> None:
    bare, known = Mention(parse_name("Vries, Sanne de")), Mention(SANNE, email="s@demo.example")
    found = people(bare, known)
    assert found.find(bare) == found.find(known) == 0
    assert [(p.name.full, p.email) for p in found.people] == [("Sanne de Vries", "s@demo.example")]


def test_ids_that_differ_keep_namesakes_apart_and_their_bare_name_is_ambiguous() -> None:
    one, two, bare = Mention(SANNE, source_id="1"), Mention(SANNE, source_id="2"), Mention(SANNE)
    found = people(one, two, bare)
    assert found.find(one) != found.find(two)
    assert found.find(bare) is None
    assert len(found.people) == 2


def test_an_address_alone_finds_its_person_and_ids_are_gathered() -> None:
    whole = Mention(SANNE, source_id="1", email="s@demo.example")
    address, number = Mention(Name(), email="s@demo.example"), Mention(SANNE, source_id="1", number="77")
    found = people(address, whole, number)
    assert {found.find(mention) for mention in (whole, address, number)} == {0}
    assert found.people[0].number == "77"
    assert not found.problems


def test_another_name_with_the_same_id_is_told() -> None:
    found = people(Mention(SANNE, source_id="1"), Mention(parse_name("Piet Bos"), source_id="1"))
    assert len(found.people) == 1
    assert [(p.code, p.row, p.params) for p in found.problems] == [(Code.NAME_DIFFERS, 3, {"other": 2})]


def test_somebody_without_a_name_is_told() -> None:
    found = people(Mention(Name(), email="s@demo.example"))
    assert [(p.code, p.row) for p in found.problems] == [(Code.NAME_MISSING, 2)]
    assert found.people[0].label == "s@demo.example"


def test_a_rare_name_that_resembles_another_is_proposed_and_stays_apart() -> None:
    slip = Mention(parse_name("Sanne de Vreis"))
    found = people(Mention(SANNE), Mention(SANNE), Mention(SANNE), slip)
    assert found.find(slip) == 1
    assert [(p.code, p.row, p.params) for p in found.problems] == [
        (Code.NAME_RESEMBLES, 5, {"name": "Sanne de Vreis", "other": "Sanne de Vries"})
    ]


def test_two_names_that_are_both_common_are_two_pupils() -> None:
    sem, sam = Mention(parse_name("Semme Bos")), Mention(parse_name("Samme Bos"))
    assert not people(*[sem, sam] * 3).problems
