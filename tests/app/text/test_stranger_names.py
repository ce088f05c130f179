"""Names that stand on no roster go, and so do the words by which a class knows who is meant."""

import pytest

from app.text.anonymise import Anonymiser
from app.text.types import RosterName

ANONYMISER = Anonymiser([RosterName("Sanne", "Vries", "de")])


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        # Kevin left before the import.
        ("Kevin deed niks, jij deed alles", "Iemand deed niks, jij deed alles"),
        ("Je hielp Kevin goed met de planning", "Je hielp iemand goed met de planning"),
        ("je hielp kevin goed", "je hielp iemand goed"),
        ("KEVIN was er nooit", "Iemand was er nooit"),
        ("K3vin was er nooit", "Iemand was er nooit"),
        ("Khadija, Wojtek en Sjoukje luisterden", "Anderen luisterden"),
        ("Kevins werk was goed", "Iemand werk was goed"),
        ("You helped Xanthippe a lot", "You helped someone a lot"),
        ("Xqzra zei dat je goed werkt", "Iemand zei dat je goed werkt"),
        ("ik werkte met Roos samen", "ik werkte met iemand samen"),
        # Titles and family names.
        ("mw. van Dongen moest je waarschuwen", "Iemand moest je waarschuwen"),
        ("meneer De Boer zei dat", "Iemand zei dat"),
        ("mevrouw de boer zei dat", "Iemand zei dat"),
        ("mevrouw Ait Taleb was blij", "Iemand was blij"),
        ("volgens Kok uit 5h was het af", "volgens iemand uit de klas was het af"),
        ("ik moest naar Van Veen toe", "ik moest naar iemand toe"),
        # Places and lines.
        ("je was in Lutjebroek te laat", "je was in een plaats te laat"),
        ("we stonden in de Kerkstraat 14", "we stonden in een plaats"),
        ("je miste bus 31", "je miste een plaats"),
        # Contact data.
        ("mail lisa.b@student.voorbeeld.nl even", "mail een e-mailadres even"),
        ("bel 06 12340987 even", "bel een telefoonnummer even"),
        ("dm @k_novak99 even", "dm iemand even"),
        # Without a name.
        ("Als enige jongen tilde jij alles", "Tilde jij alles"),
        ("de enige jongen in de groep was stil", "Iemand was stil"),
        ("the only mature student in our group did it", "Someone did it"),
        ("de keeper van de JO17 was er niet", "Iemand was er niet"),
        ("zijn zusje hielp mee", "Iemand hielp mee"),
        ("zn oom is de baas van het leerbedrijf dus hij mag alles", "Iemand dus hij mag alles"),
        ("je hielp die jongen op krukken, heel fijn", "je hielp iemand, heel fijn"),
        ("ik zat tot vorige week in een ander groepje, sorry dus", "Sorry dus"),
        ("de getuige (mij dus) werd uitgelachen", "de getuige werd uitgelachen"),
    ],
)
def test_what_points_at_somebody_goes(text: str, clean: str) -> None:
    assert ANONYMISER.clean(text) == clean
    assert ANONYMISER.leaks(text)
    assert ANONYMISER.leaks(clean) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Je gebruikte GitHub, Canva en PowerPoint goed bij Engels op dinsdag in Mei",
        "De SWOT en de ERD klopten volgens APA",
        "Je deed de Nernst-vergelijking heel netjes",
        "We kregen in de Randstad een 8 voor Wiskunde",
        "IK VOND DAT JE HEEL GOED WERKTE",
        "Goed Gewerkt Aan De Presentatie",
        "De planning. Goed gedaan! Top, Leuk en Fijn",
        "Hij zei: Kom op tijd",
        "Onderweg was je stil",
        "Wil je de volgende keer eerder beginnen",
        "Mark my words",
        "Will you help us next time",
        "mijn vader slaat me",
        "had als enige bronnen uit de richtlijn",
        "een mevrouw van de gemeente vond je netjes",
        "Ik ben blij dat I'm not alone",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert ANONYMISER.clean(text) == text


def test_english_text_gets_english_words() -> None:
    assert ANONYMISER.clean("I worked with Kevin in class 3B and he was late") == (
        "I worked with someone in the class and he was late"
    )
