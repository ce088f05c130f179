"""Basic text: what a student reads while there are no checked sentences. It makes no claim about the student.

It says that team-mates wrote, about which criteria as the teacher named them, and what happens next. It is
made when it is read, from counts and names of criteria, and needs no release.
"""

from collections.abc import Sequence
from typing import Literal

from app.core.locale import Locale

Next = Literal["writing", "review"]
"""What happens next: the text is being written, or a teacher looks first."""

_WROTE: dict[Locale, dict[bool, str]] = {
    "nl": {
        False: "Een paar groepsgenoten hebben iets voor je opgeschreven{about}.",
        True: "Verschillende groepsgenoten hebben iets voor je opgeschreven{about}.",
    },
    "en": {
        False: "A few team-mates have written something for you{about}.",
        True: "Several team-mates have written something for you{about}.",
    },
}
_ABOUT: dict[Locale, str] = {"nl": ", over {criteria}", "en": ", about {criteria}"}
_AND: dict[Locale, str] = {"nl": " en ", "en": " and "}
_NEXT: dict[Locale, dict[Next, str]] = {
    "nl": {
        "writing": "Zodra je samenvatting klaar is, lees je die hier.",
        "review": "Je docent kijkt het eerst met je na; daarna lees je hier je samenvatting.",
    },
    "en": {
        "writing": "As soon as your summary is ready, you can read it here.",
        "review": "Your teacher looks at it first; after that you can read your summary here.",
    },
}
MANY = 4
"""From so many writers on "several" is said; a number never is, for it would tell who wrote."""
MAX_CRITERIA = 4


def basic_text(criteria: Sequence[str], writers: int, then: Next, locale: Locale) -> tuple[str, str]:
    """Two sentences. `criteria` are those with comments, in their order; more than four are not named."""
    named = list(dict.fromkeys(name.strip() for name in criteria if name.strip()))
    about = ""
    if 0 < len(named) <= MAX_CRITERIA:
        joined = _AND[locale].join(part for part in (", ".join(named[:-1]), named[-1]) if part)
        about = _ABOUT[locale].format(criteria=joined)
    return _WROTE[locale][writers >= MANY].format(about=about), _NEXT[locale][then]


def empty_text(why: Literal["too_few", "nothing_concrete"], locale: Locale) -> tuple[str, str]:
    """What a student reads when there is too little feedback, or nothing concrete in it."""
    return _EMPTY[locale][why]


_EMPTY: dict[Locale, dict[Literal["too_few", "nothing_concrete"], tuple[str, str]]] = {
    "nl": {
        "too_few": (
            "Er is nog te weinig feedback om er een eerlijke samenvatting van te maken.",
            "Zodra meer groepsgenoten iets over je hebben geschreven, kan die er wel komen.",
        ),
        "nothing_concrete": (
            "Je groepsgenoten hebben gereageerd, maar er staat geen concreet punt in waar je iets aan hebt.",
            "Dat zegt niets over hoe je het deed.",
        ),
    },
    "en": {
        "too_few": (
            "There is too little feedback yet to make a fair summary of it.",
            "As soon as more team-mates have written about you, there can be one.",
        ),
        "nothing_concrete": (
            "Your team-mates have responded, but there is no concrete point in it that helps you along.",
            "That says nothing about how you did.",
        ),
    },
}
