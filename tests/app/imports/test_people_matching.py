"""Matching a file's people with the school's: keys first, names last, and never a silent merge."""

import pytest

from app.imports.issues import IssueCode
from app.imports.parsing.names import parse_name
from app.imports.parsing.types import Person
from app.imports.people_matching import KnownPerson, Matching, match_people


def known(
    user_id: int,
    name: str,
    *,
    number: str = "",
    email: str = "",
    class_name: str = "",
    in_evaluation: bool = False,
    team: str = "",
    is_student: bool = True,
) -> KnownPerson:
    """A person of the school."""
    return KnownPerson(user_id, is_student, parse_name(name), email, number, class_name, in_evaluation, team)


def person(
    name: str, *, number: str = "", email: str = "", class_name: str = "", source_id: str = ""
) -> Person:
    """A person of the file."""
    return Person(parse_name(name), email, number, source_id, class_name, row=7)


def codes(found: Matching) -> list[IssueCode]:
    """Of all doubts."""
    return [doubt.code for doubt in found.issues]


def test_number_then_email_then_name() -> None:
    school = [
        known(1, "Jan de Vries", number="100"),
        known(2, "Eva Mol", email="eva@x.example"),
        known(3, "Noor Bos"),
    ]
    people = [
        person("Jan de Vries", number="100"),
        person("Eva Mol", email="eva@x.example"),
        person("noor  BÓS"),
        person("Sem Pol"),
    ]
    found = match_people(people, {}, school)
    assert found.known == {0: 1, 1: 2, 2: 3}
    assert [new.index for new in found.new] == [3]
    assert found.issues == ()


@pytest.mark.parametrize(
    ("evidence", "extra"),
    [
        ({"class_name": "4A"}, {"class_name": "4A"}),
        ({"in_evaluation": True}, {}),
        ({"team": "Team 2", "in_evaluation": True}, {}),
    ],
)
def test_one_of_two_namesakes_is_told_by_class_evaluation_or_team(
    evidence: dict[str, object], extra: dict[str, str]
) -> None:
    other = {"class_name": "4B"} if "class_name" in evidence else {}
    other |= {"team": "Team 1", "in_evaluation": True} if "team" in evidence else {}  # type: ignore[dict-item]
    school = [known(1, "Jan de Vries", **evidence), known(2, "Jan de Vries", **other)]  # type: ignore[arg-type]
    found = match_people([person("Jan de Vries", **extra)], {0: "Team 2"}, school)
    assert found.known == {0: 1}


def test_namesakes_that_nothing_tells_apart_are_left_out() -> None:
    school = [known(1, "Jan de Vries"), known(2, "Jan de Vries")]
    found = match_people([person("Jan de Vries")], {}, school)
    assert (found.known, found.new, codes(found)) == ({}, (), [IssueCode.KNOWN_TWICE])


def test_two_of_the_file_who_would_be_the_same_known_person_are_both_left_out() -> None:
    people = [person("Jan de Vries", source_id="1"), person("Jan de Vries", source_id="2")]
    found = match_people(people, {}, [known(1, "Jan de Vries")])
    assert (found.known, found.new) == ({}, ())
    assert codes(found) == [IssueCode.KNOWN_TWICE] * 2


def test_two_of_the_file_whom_nobody_here_is_called_after_are_two_new_people() -> None:
    people = [person("Jan de Vries", source_id="1"), person("Jan de Vries", source_id="2")]
    assert len(match_people(people, {}, []).new) == 2


def test_a_name_does_not_match_across_classes() -> None:
    found = match_people(
        [person("Jan de Vries", class_name="5A")], {}, [known(1, "Jan de Vries", class_name="4A")]
    )
    assert (found.known, found.new, codes(found)) == ({}, (), [IssueCode.CLASS_DIFFERS])


def test_another_number_makes_another_person() -> None:
    found = match_people([person("Jan de Vries", number="2")], {}, [known(1, "Jan de Vries", number="1")])
    assert (found.known, len(found.new)) == ({}, 1)


def test_keys_of_different_people_are_a_contradiction() -> None:
    school = [known(1, "Jan de Vries", number="1"), known(2, "Eva Mol", email="eva@x.example")]
    for wrong in (
        person("Jan de Vries", number="1", email="eva@x.example"),
        person("Eva Mol", number="1"),
    ):
        found = match_people([wrong], {}, school)
        assert (found.known, found.new, codes(found)) == ({}, (), [IssueCode.KEYS_DISAGREE])


def test_a_number_with_a_name_nobody_has_is_the_person_of_that_number() -> None:
    found = match_people([person("Jan Vries", number="1")], {}, [known(1, "Jan de Vries", number="1")])
    assert (found.known, codes(found)) == ({0: 1}, [IssueCode.KNOWN_OTHERWISE])


def test_what_is_missing_is_filled_in_and_nothing_is_replaced() -> None:
    school = [known(1, "Jan de Vries", email="jan@x.example"), known(2, "Eva Mol", number="2")]
    people = [
        person("Jan de Vries", number="1", class_name="4A"),
        person("Eva Mol", number="2", email="eva@x.example"),
    ]
    filled = match_people(people, {}, school).completions
    assert [(one.user_id, one.number, one.email, one.class_name) for one in filled] == [
        (1, "1", None, "4A"),
        (2, None, "eva@x.example", None),
    ]


def test_staff_are_known_by_key_only_and_never_completed() -> None:
    school = [known(1, "Olga Wit", email="olga@x.example", is_student=False)]
    people = [person("Olga Wit", email="olga@x.example", number="5"), person("Olga Wit", source_id="2")]
    found = match_people(people, {}, school)
    assert (found.known, found.staff, found.completions) == ({0: 1}, frozenset({1}), ())
    assert [new.index for new in found.new] == [1]


def test_an_address_of_another_school_is_left_out_and_said() -> None:
    found = match_people([person("Jan de Vries", email="jan@x.example")], {}, [], {"jan@x.example"})
    assert found.new[0].email is None
    assert codes(found) == [IssueCode.EMAIL_UNUSABLE]


def test_a_typing_error_is_proposed_and_never_applied() -> None:
    found = match_people([person("Jan de Vreis")], {}, [known(1, "Jan de Vries", in_evaluation=True)])
    assert (found.known, len(found.new), codes(found)) == ({}, 1, [IssueCode.RESEMBLES_KNOWN])


@pytest.mark.parametrize("name", ["Zoe v.d. Berg", "Z. van den Berg", "Berg Zoë van den"])
def test_a_shortened_name_is_proposed_and_never_applied(name: str) -> None:
    found = match_people([person(name)], {}, [known(1, "Zoë van den Berg", in_evaluation=True)])
    assert (found.known, len(found.new), codes(found)) == ({}, 1, [IssueCode.RESEMBLES_KNOWN])
    assert found.issues[0].params["other"] == "Zoë van den Berg"


def test_somebody_without_a_name_is_called_by_what_there_is() -> None:
    found = match_people([Person(parse_name(""), email="x@y.example", row=2)], {}, [])
    assert found.new[0].name.given == "x@y.example"
