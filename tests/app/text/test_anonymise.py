"""Anonymise: nobody can be found in a text any more, and no ordinary word is eaten."""

import pytest

from app.text.anonymise import Anonymiser, anonymise
from app.text.types import Comment, RosterName

ROSTER = (
    RosterName("Sanne", "Vries", "de", ("San", "Sanneke"), "s.devries@school.nl", "123456"),
    RosterName("Tim", "Berg", "van der"),
    RosterName("Roos", "Bakker"),
    RosterName("Storm", "Jansen"),
    RosterName("Anna-Sophie", "Groot", "de"),
    RosterName("José", "García"),
    RosterName("Saman", "Peters"),
    RosterName("Mark", "Visser"),
)


@pytest.fixture(scope="module")
def anonymiser() -> Anonymiser:
    return Anonymiser(ROSTER)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Sanne deed niks", "Iemand deed niks"),
        ("Ik vond dat sanne goed hielp", "Ik vond dat iemand goed hielp"),
        ("Sanne de Vries en Tim van der Berg waren laat", "Anderen waren laat"),
        ("Sanne, Tim en José deden niks", "Anderen deden niks"),
        ("Sanne's werk was goed", "Iemands werk was goed"),
        ("Tims planning was onduidelijk", "Iemands planning was onduidelijk"),
        ("Anna-Sophie's idee", "Iemands idee"),
        ("Sannetje en Timmetje waren laat", "Anderen waren laat"),
        ("jose garcia was er niet", "Iemand was er niet"),
        ("Jose\u0301 was er niet", "Iemand was er niet"),
        ("J. de Vries praat veel", "Iemand praat veel"),
        ("Ik werkte met Tim B. samen", "Ik werkte met iemand samen"),
        ("Zanne, Sannne en Snane waren laat", "Anderen waren laat"),
        ("sanneke is lief", "Iemand is lief"),
        ("sannedevries was laat", "Iemand was laat"),
        ("S\u200ban\u00adne was laat", "Iemand was laat"),
        ("s a n n e was laat", "Iemand was laat"),
        ("sаnne was laat", "Iemand was laat"),
        ("Sanne, je deed het goed", "Je deed het goed"),
        ("Goed gedaan, Sanne!", "Goed gedaan!"),
        ("Hoi Sanne, je bent top", "Hoi, je bent top"),
        ("Bedankt Tim!", "Bedankt!"),
        ("De uitleg van meneer Hendriks", "De uitleg van iemand"),
        ("You did well but Tim did not", "You did well but someone did not"),
        ("Tim's work was good and Sanne was kind", "Someone's work was good and someone was kind"),
        ("mail naar s.devries@school.nl", "mail naar een e-mailadres"),
        ("bel 06-12345678 of +31 6 1234 5678", "bel een telefoonnummer of een telefoonnummer"),
        ("zie https://x.nl/a?b=1 of www.foo.com", "zie een link of een link"),
        ("volg @sannedv of insta: sanne_04", "volg iemand of iemand"),
        ("zit in 3HV2, klas 4b, havo 4 of 4B", "zit in de klas, de klas, de klas of de klas"),
        ("leerlingnummer 123456 en 987654", "een nummer en een nummer"),
    ],
)
def test_what_points_at_a_person_goes(anonymiser: Anonymiser, text: str, clean: str) -> None:
    assert anonymiser.clean(text).lower() == clean.lower()
    assert anonymiser.leaks(clean) == ()


@pytest.mark.parametrize(
    "text",
    [
        "samen met de groep",
        "De roos was mooi en de storm was hevig",
        "communicatie met de opdrachtgever",
        "We gingen naar de bakker en een visser",
        "Mark my words",
        "Groot gelijk",
        "een groot deel was beter",
        "Samen werken we beter dan alleen",
        "12-03-2026 was de presentatie",
        "Het kostte 3 uur en 2x opnieuw, in 3D",
        "Ik geef je een 10, op A4 geprint",
        "goed.De planning was top",
        "De n.v.t. kolom",
        "plan A. was beter",
    ],
)
def test_ordinary_words_stay(anonymiser: Anonymiser, text: str) -> None:
    assert anonymiser.clean(text) == text
    assert anonymiser.leaks(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Roos was er nooit",
        "ik werkte samen met roos",
        "Daarna hielp Storm ons",
        "bedankt roos",
        "You did well Mark",
    ],
)
def test_a_name_that_is_a_word_goes_when_it_is_used_as_a_name(anonymiser: Anonymiser, text: str) -> None:
    clean = anonymiser.clean(text)
    assert not {"roos", "storm", "mark"} & set(clean.lower().split())
    assert "name" in anonymiser.leaks(text)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Sanne vindt dat je goed werkt.", ("name",)),
        ("Mail a@b.nl of bel 0612345678.", ("email", "phone")),
        ("Je zit in 4HV1.", ("class",)),
        ("Je vol\u200bgt @iemand.", ("handle", "invisible")),
        ("Je werkt goed samen met de groep.", ()),
    ],
)
def test_leaks_names_what_still_stands(anonymiser: Anonymiser, text: str, kinds: tuple[str, ...]) -> None:
    assert anonymiser.leaks(text) == kinds


def test_invisible_and_bidi_characters_are_gone(anonymiser: Anonymiser) -> None:
    assert anonymiser.clean("goed\u202e gedaan\u2066\ufeff\U000e0041") == "goed gedaan"


def test_comments_keep_everything_but_their_text(anonymiser: Anonymiser) -> None:
    (clean,) = anonymise([Comment(7, "Tim hielp", 3, "inzet", "self")], anonymiser)
    assert clean == Comment(7, "Iemand hielp", 3, "inzet", "self")


def test_a_roster_name_that_is_a_placeholder_word_changes_nothing() -> None:
    anonymiser = Anonymiser([RosterName("Iemand", "Klas")])
    assert anonymiser.clean("iemand uit de klas") == "iemand uit de klas"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Oke dus Sanne. Je werkt hard.", "Je werkt hard."),
        ("Sanne en Tim", ""),
        ("Je plant goed. Groetjes Sanne", "Je plant goed."),
        ("Sanne is goed.", "Iemand is goed."),
    ],
)
def test_a_sentence_that_then_says_nothing_goes(anonymiser: Anonymiser, text: str, left: str) -> None:
    assert anonymiser.clean(text) == left


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ik hielp Sanne", "roster"),
        ("Ik hielp Zanne", "typing error"),
        ("Ik hielp Kevin", "first name"),
        ("Ik hielp Xqzra", "unknown capital"),
        ("Als enige jongen hielp je", "as the only one"),
    ],
)
def test_every_finding_has_a_reason(anonymiser: Anonymiser, text: str, reason: str) -> None:
    assert [one.reason for one in anonymiser.findings(text)] == [reason]


def test_the_text_comes_out_normalised(anonymiser: Anonymiser) -> None:
    assert anonymiser.clean("goed \u00a0 gedaan\r\n\r\n\r\n\uff54op") == "goed gedaan\n\ntop"
