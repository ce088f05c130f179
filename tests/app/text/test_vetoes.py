"""Vetoes: what they speak against, and that they keep silent on good sentences."""

from collections import Counter

import pytest

import peernl
from app.text.anonymise import Anonymiser
from app.text.points import Point, Statement
from app.text.types import Comment, Kind, RosterName
from app.text.vetoes import veto

COMMENT = Comment(1, "Je kwam 3x te laat maar hielp Sanne altijd goed met het verslag en de planning", 1)
STATEMENT = Statement(Kind.GROWTH, "attendance", (Point(1, 1, "kwam 3x te laat", "growth", "attendance"),))
ANONYMISER = Anonymiser([RosterName("Sanne", "Bakker"), RosterName("Mees", "de Wit")])


def found(text: str, unusable: tuple[str, ...] = ()) -> str | None:
    """The veto on a sentence about COMMENT."""
    return veto(text, STATEMENT, [COMMENT], unusable, ANONYMISER, "nl")


@pytest.mark.parametrize(
    "text",
    [
        "Je mag vaker op tijd komen.",
        "Kom volgende keer op tijd.",
        "Je kwam drie keer te laat; begin wat eerder.",
        "Je hielp altijd goed.",
        "Je was bijna nooit op tijd.",
    ],
)
def test_good_sentences_pass(text: str) -> None:
    assert found(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Je mag vaker op tijd komen", "form"),
        ("**Je** mag vaker op tijd komen.", "form"),
        ("Natuurlijk! Je mag op tijd komen.", "form"),
        ('{"zin": "je mag op tijd komen."}', "form"),
        ("Kom.", "length"),
        ("Je mag op tijd komen. Dat is fijn. Echt waar.", "length"),
        ("Je " + "mag " * 30 + "komen.", "length"),
        ("You could be on time more often.", "language"),
        ("Hij kwam te laat bij de les.", "person"),
        ("De les begon zonder iemand.", "person"),
        ("Je kwam te laat en Mees wachtte.", "name"),
        ("Je kwam te laat, sukkel.", "unfit"),
        ("Je kwam nooit op tijd.", "absolute"),
        ("Je kwam 4x te laat bij de les.", "number"),
        ("Je kwam vijf keer te laat.", "number"),
        ("Je hielp Sanne altijd goed met het verslag.", "name"),
        ("Je hielp altijd goed met het verslag en de planning.", "copied"),
        ("Je komt vaker te laat dan de anderen.", "comparison"),
        ("Je bent de traagste van de groep.", "comparison"),
        ("Zo krijg je straks een onvoldoende.", "grade"),
        ("Later word je vast te laat op je werk.", "prediction"),
        ("De jongen die op je wachtte vond je te laat.", "who"),
    ],
)
def test_what_no_sentence_may_say(text: str, code: str) -> None:
    assert found(text) == code


def test_what_was_cut_out_of_the_comments_does_not_come_back() -> None:
    assert found("Je bent vaak ziek door astma.", ("astma",)) == "unfit"


def test_vetoes_keep_silent_on_the_good_sentences_of_peernl() -> None:
    """At most three in a hundred: a veto must be right when it speaks."""
    codes: Counter[str | None] = Counter()
    silent = Anonymiser([])
    for comment in peernl.comments().values():
        sent = Comment(1, comment.text, 1)
        for point in comment.points:
            statement = Statement(
                Kind(point.kind), point.theme, (Point(1, 1, point.quote, point.kind, point.theme),)
            )
            codes.update(veto(text, statement, [sent], (), silent, "nl") for text in point.good.nl)
            codes.update(veto(text, statement, [sent], (), silent, "en") for text in point.good.en)
    assert codes[None] >= 0.97 * codes.total(), codes
