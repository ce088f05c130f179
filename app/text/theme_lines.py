"""Theme lines: what the text says of an agreed statement whose own sentence failed.

A theme line is true by construction: it says that team-mates named a theme, and whether as something that
goes well. Themes whose name alone would say too much or too little (`other`, `stress`, `conflict`) have none.
"""

from app.core.locale import Locale
from app.text.points import Statement, Theme
from app.text.types import Kind

_NAMES: dict[Locale, dict[Theme, str]] = {
    "nl": {
        "planning": "je planning",
        "deadlines": "hoe je met deadlines omgaat",
        "attendance": "je aanwezigheid",
        "agreements": "hoe je met afspraken omgaat",
        "effort": "je inzet",
        "quality": "de kwaliteit van je werk",
        "initiative": "je initiatief",
        "ideas": "je ideeën",
        "listening": "hoe je naar anderen luistert",
        "communication": "hoe je met de groep overlegt",
        "online_contact": "het contact met jou buiten de les",
        "collaboration": "hoe je samenwerkt",
        "task_division": "hoe je taken verdeelt",
        "leadership": "hoe je de leiding neemt",
        "feedback": "hoe je met feedback omgaat",
        "helping": "hoe je anderen helpt",
        "atmosphere": "je bijdrage aan de sfeer",
        "presenting": "hoe je presenteert",
        "research": "je onderzoek",
        "writing": "je schrijfwerk",
        "building": "je bouwwerk",
        "coding": "je programmeerwerk",
        "design": "je ontwerpwerk",
        "focus": "je concentratie",
        "independence": "hoe zelfstandig je werkt",
        "responsibility": "hoe je verantwoordelijkheid neemt",
        "creativity": "je creativiteit",
    },
    "en": {
        "planning": "your planning",
        "deadlines": "how you deal with deadlines",
        "attendance": "your attendance",
        "agreements": "how you keep to agreements",
        "effort": "your effort",
        "quality": "the quality of your work",
        "initiative": "your initiative",
        "ideas": "your ideas",
        "listening": "how you listen to others",
        "communication": "how you communicate with the group",
        "online_contact": "staying in touch with you outside class",
        "collaboration": "how you work together",
        "task_division": "how you divide tasks",
        "leadership": "how you take the lead",
        "feedback": "how you deal with feedback",
        "helping": "how you help others",
        "atmosphere": "what you bring to the atmosphere",
        "presenting": "how you present",
        "research": "your research",
        "writing": "your writing",
        "building": "what you build",
        "coding": "your coding",
        "design": "your design work",
        "focus": "your focus",
        "independence": "how independently you work",
        "responsibility": "how you take responsibility",
        "creativity": "your creativity",
    },
}
_PEOPLE: dict[Locale, dict[bool, str]] = {
    "nl": {True: "Een groepsgenoot", False: "Een paar groepsgenoten"},
    "en": {True: "A team-mate", False: "A few team-mates"},
}
"""By whether one person says it."""
_LINES: dict[Locale, dict[Kind, dict[bool, tuple[str, str]]]] = {
    "nl": {
        Kind.STRENGTH: {
            True: (
                "{who} noemt {theme} als iets dat goed gaat.",
                "{who} is positief over {theme}.",
            ),
            False: (
                "{who} noemen {theme} als iets dat goed gaat.",
                "{who} zijn positief over {theme}.",
            ),
        },
        Kind.GROWTH: {
            True: (
                "{who} noemt {theme} als iets waar je op mag letten.",
                "{who} vraagt je aandacht voor {theme}.",
            ),
            False: (
                "{who} noemen {theme} als iets waar je op mag letten.",
                "{who} vragen je aandacht voor {theme}.",
            ),
        },
        Kind.MIXED: {
            True: (
                "{who} ziet bij {theme} iets dat goed gaat en iets waar je op mag letten.",
                "{who} noemt bij {theme} een sterk punt en een punt om op te letten.",
            ),
            False: (
                "Over {theme} zeggen je groepsgenoten verschillende dingen: lof en een punt om op te letten.",
                "Bij {theme} noemen je groepsgenoten iets dat goed gaat en iets waar je op mag letten.",
            ),
        },
    },
    "en": {
        Kind.STRENGTH: {
            True: ("{who} names {theme} as something that goes well.", "{who} is positive about {theme}."),
            False: ("{who} name {theme} as something that goes well.", "{who} are positive about {theme}."),
        },
        Kind.GROWTH: {
            True: (
                "{who} names {theme} as something you could work on.",
                "{who} asks you to pay attention to {theme}.",
            ),
            False: (
                "{who} name {theme} as something you could work on.",
                "{who} ask you to pay attention to {theme}.",
            ),
        },
        Kind.MIXED: {
            True: (
                "{who} names something that goes well with {theme}, and something you could work on.",
                "About {theme} you got both a compliment and a point to work on.",
            ),
            False: (
                "About {theme} your team-mates say different things: praise, and a point to work on.",
                "Your team-mates name something good about {theme}, and something you could work on.",
            ),
        },
    },
}


def theme_line(statement: Statement, index: int, locale: Locale) -> str | None:
    """The line for a statement, in one of two wordings by its place `index`; None for a theme without one."""
    name = _NAMES[locale].get(statement.theme)
    if name is None:
        return None
    alone = statement.people == 1
    pattern = _LINES[locale][statement.kind][alone][index % 2]
    return pattern.format(who=_PEOPLE[locale][alone], theme=name)
