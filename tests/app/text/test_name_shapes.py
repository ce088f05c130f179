"""Names of the roster go in every shape in which they are written, and the words that look like them stay."""

import pytest

from app.text.anonymise import Anonymiser
from app.text.types import RosterName

ROSTER = (
    RosterName("Daan", "Visser", number="140286"),
    RosterName("Zoë", "Berg", "van den"),
    RosterName("Jan Willem", "Bakker"),
    RosterName("Anna-Thea", "Vries", "de"),
    RosterName("Sanne", "Kerk"),
    RosterName("Mees", "Bos"),
    RosterName("Femke", "Ait Taleb"),
    RosterName("Emre", "Yılmaz"),
    RosterName("Joy", "Mensah"),
)
NAMES = {
    "daan", "visser", "zoe", "zoë", "berg", "jan", "willem", "bakker", "anna", "thea", "vries", "sanne",
    "kerk", "mees", "bos", "femke", "fem", "emre", "yilmaz", "joy", "mensah", "jw", "d44n", "s4nne", "m33s",
}  # fmt: skip


@pytest.fixture(scope="module")
def anonymiser() -> Anonymiser:
    return Anonymiser(ROSTER)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        # Family name first, shortened infixes, small letters.
        ("Visser, D. kwam nooit", "Iemand kwam nooit"),
        ("die visser doet niks", "Iemand doet niks"),
        ("Berg v.d. hielp", "Iemand hielp"),
        ("V.d. Berg, Z. hielp", "Iemand hielp"),
        ("Ait Taleb, Femke: altijd op tijd", "Iemand: altijd op tijd"),
        ("daan visser was laat", "Iemand was laat"),
        ("ik werkte met visser uit 2b", "ik werkte met iemand uit de klas"),
        # Initials.
        ("JW legt uit", "Iemand legt uit"),
        ("jw en d. deden alles", "Anderen deden alles"),
        ("A.Th. hielp ons", "Iemand hielp ons"),
        ("J.W. hielp ons", "Iemand hielp ons"),
        ("D. en S. deden niks", "Anderen deden niks"),
        ("Z. heeft alles getekend", "Iemand heeft alles getekend"),
        # Written as one, with a mark, stretched, in digits, apart.
        ("#teamdaan deed alles", "Iemand deed alles"),
        ("daanenik deden alles", "Iemand deden alles"),
        ("d44n deed niks", "Iemand deed niks"),
        ("S4nne en M33s deden niks", "Anderen deden niks"),
        ("Saaanne zag dat je vaak te laat kwam.", "Iemand zag dat je vaak te laat kwam."),
        ("Sanneee hielp", "Iemand hielp"),
        ("Daaan hielp", "Iemand hielp"),
        ("Me-es zegt dat je praat", "Iemand zegt dat je praat"),
        ("S.a.n.n.e hielp", "Iemand hielp"),
        ("s a n n e hielp", "Iemand hielp"),
        ("\uff33\uff41\uff4e\uff4e\uff45 hielp", "Iemand hielp"),
        ("Ⓢⓐⓝⓝⓔ hielp", "Iemand hielp"),
        ("𝓢𝓪𝓷𝓷𝓮 hielp", "Iemand hielp"),
        # Shortened, with endings of home and abroad.
        ("ik hielp Fem", "ik hielp iemand"),
        ("femk deed niks", "Iemand deed niks"),
        ("Sanneke en Daantje waren laat", "Anderen waren laat"),
        ("Emre'nin werk was goed", "Iemand werk was goed"),
        ("Yilmaz hielp", "Iemand hielp"),
        # Words that are used as a name.
        ("Kerk deed niks", "Iemand deed niks"),
        ("Mees durft veel", "Iemand durft veel"),
        ("me and joy waited for you", "me and someone waited for you"),
        ("Joy marked the whole draft", "Someone marked the whole draft"),
        # Numbers and classes.
        ("nummer 140 286 hielp", "nummer een nummer hielp"),
        ("140.286 hielp", "Een nummer hielp"),
        ("die uit V 3 A hielp", "die uit de klas hielp"),
        ("die uit v3a hielp", "die uit de klas hielp"),
        ("die uit SD2B hielp", "die uit de klas hielp"),
        # Accounts without "@".
        ("stuur het op insta daan_x", "stuur het iemand"),
        ("snap: sannie.04 doet niks", "Iemand doet niks"),
        ("discord sanne99 deed niks", "Iemand deed niks"),
    ],
)
def test_a_name_goes(anonymiser: Anonymiser, text: str, clean: str) -> None:
    assert anonymiser.clean(text) == clean
    assert NAMES.isdisjoint(anonymiser.clean(text).lower().replace(".", " ").replace(",", " ").split())
    assert anonymiser.leaks(text)
    assert anonymiser.leaks(clean) == ()


@pytest.mark.parametrize(
    "text",
    [
        "De kerk in ons ontwerp was heel mooi",
        "We interviewden een visser en de bakker over hun werk",
        "een visser werkt hard",
        "We liepen door het bos naar de berg",
        "Er zat een mees in de tuin",
        "It was a joy to work with you",
        "Snap dat je graag snel klaar bent",
        "plan A. was beter dan plan D. en dat bleek",
        "De n.v.t. kolom, d.w.z. die van week 3",
        "Je maakte 140 foto's en 286 slides",
        "Om 15.30 was je er al, met 2x zoveel werk",
        "de mooiste samenwerking van het jaar",
        "Fijne samen-werking en een goede werk-sfeer",
        "Je bakte brood en verkocht vissen op de markt",
    ],
)
def test_words_that_look_like_a_name_stay(anonymiser: Anonymiser, text: str) -> None:
    assert anonymiser.clean(text) == text
    assert anonymiser.leaks(text) == ()


def test_a_roster_name_that_is_no_more_than_a_letter_takes_nothing() -> None:
    assert (
        Anonymiser([RosterName("A", "B", "c", ("d", "-", ""))]).clean("a b c d zijn letters")
        == "a b c d zijn letters"
    )
