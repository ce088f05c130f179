"""The basic text claims nothing, names criteria as the teacher does, and tells no number."""

import re

import pytest

from app.core.locale import Locale
from app.text.basic_text import basic_text


@pytest.mark.parametrize("locale", ["nl", "en"])
@pytest.mark.parametrize("writers", [1, 3, 4, 12])
def test_it_tells_no_number(locale: Locale, writers: int) -> None:
    text = " ".join(basic_text(["Planning", "Inzet"], writers, "writing", locale))
    assert not re.search(r"\d", text)
    assert "Planning" in text
    assert "Inzet" in text


def test_criteria_are_named_as_the_teacher_named_them_and_never_too_many() -> None:
    assert basic_text(["Planning", "Planning", "", "Inzet"], 2, "review", "nl") == (
        "Een paar groepsgenoten hebben iets voor je opgeschreven, over Planning en Inzet.",
        "Je docent kijkt het eerst met je na; daarna lees je hier je samenvatting.",
    )
    assert (
        basic_text([], 5, "writing", "nl")[0]
        == "Verschillende groepsgenoten hebben iets voor je opgeschreven."
    )
    assert "opgeschreven." in basic_text([f"Punt {n}" for n in range(9)], 5, "writing", "nl")[0]
