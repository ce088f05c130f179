"""Usable: what says nothing is nobody's word, and what says something always counts."""

import pytest

import peernl
from app.text.types import Comment
from app.text.usable import reviewers, says_something


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", ".", "...", "?", "ok", "Oké!", "n.v.t.", "N/A", "ja", "xxx", "hhhhh", "asdfgh", "qwerty"),
        *(
            "👍",
            "👎",
            "👎👎",
            "💀💀",
            "\u200b",
            "\u200d\u200c",
            "\u202e\u202d",
            "\u3164",
            "\u2800",
            "\u00ad",
            "\u00a0",
        ),
        *(
            "No Response",
            "Not Sure",
            "Nothin",
            "geen idee",
            "Geen reactie",
            "Geen op- of aanmerkingen",
            "idk",
        ),
        *(
            "Zie vorige vraag",
            "zie hierboven",
            "hetzelfde als hiervoor",
            "see above",
            "same as before",
            "idem",
        ),
        *("Ik heb niet met haar samengewerkt", "heb nooit met hem gewerkt", "zat niet in mijn groepje"),
        *("Did not work with her", "was not in my group", "We hebben niet samengewerkt"),
    ],
)
def test_what_says_nothing(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize(
    "text",
    [
        *("goed", "top", "lief", "Prima gewerkt", "niet goed", "nooit op tijd", "werkt niet goed samen"),
        *(
            "kon niet goed met haar samenwerken omdat ze er nooit was",
            "geen inzet",
            "no effort",
            "Geen klacht: super!",
        ),
        *("zie je vaak helpen", "weet veel", "10/10 presentatie", "chill"),
    ],
)
def test_what_says_something(text: str) -> None:
    assert says_something(text)


def test_no_comment_of_peernl_that_makes_a_point_is_lost() -> None:
    lost = [one.text for one in peernl.comments().values() if one.points and not says_something(one.text)]
    assert lost == []


def test_a_writer_of_nothing_is_no_reviewer() -> None:
    comments = [Comment(1, "Je luistert goed", 1), Comment(2, "xxx", 2), Comment(3, "ook ik", 3, kind="self")]
    assert reviewers(comments) == 1
