"""Indirect identification: words by which a class knows who is meant, or who wrote, though they hold no name.

The whole span is found and nothing beside it. What relatives do stays ("mijn vader slaat me"): it may be what
a teacher must see.
"""

import re
from collections.abc import Iterator

from app.text.findings import Finding

_PERSON = (
    r"(?:jongens?|jongetje|meisjes?|meid|gast|vrouw|man|kerel|kind|kindje|klant|bewoner|bewoonster|cliënt|patiënt"
    r"|collega|stel|stelletje|leerling|studente?|erasmusstudent|uitwisselingsstudent|vader|moeder|vriend|vriendin"
    r"|invaller|doubleur|boy|girl|guy|lady|woman|kid|student|couple|person|dude)"
)
_MEMBER = (
    r"(?:jongen|meisje|meid|vrouw|man|gast|studente?|leerling|buitenlander|havist|vwo'er|mbo'er|moslim|doubleur"
    r"|boy|girl|guy|woman|person|kid|international|native speaker)"
)
_ADJECTIVES = r"(?:(?:\w{2,14}e|mature|old|young|other|foreign|dutch|international|little)\s){0,2}"
_OF_GROUP = r"(?:\s(?:in|van|uit|of|on)\s(?:de|het|onze|our|the|deze|dit|this|my)\s\w{2,15})?"
_END = (
    r"(?=\s(?:en|and|die|dat|maar|but|dus|so|was|were|is|had|heeft|mocht|deed|did|zei|said)\b|[,.!?;:)\n]|$)"
)
_TAIL = rf"(?:\s\w[\w'’\-]{{0,20}}){{1,4}}?{_END}"
"""Up to four words, to where the clause goes on or ends."""
_OWN = r"(?:mijn|m'n|mn|me|my|zijn|z'n|zn|haar|d'r|der|her|his|hun|their)"
_AT_SCHOOL = (
    r"(?:zus|zusjes?|zussen|broers?|broertjes?|neef|nicht|neefje|nichtje|tweelingbroer|tweelingzus|sister|brother"
    r"|cousin)"
)
"""Relatives whom the class may know."""
_ELDER = (
    r"(?:vader|moeder|pa|ma|papa|mama|pap|mam|ouders|oma|opa|bomma|bompa|oom|tante|stiefvader|stiefmoeder|buurman"
    r"|buurvrouw|mother|father|mum|mom|dad|parents|grandma|grandpa|gran|nan|uncle|aunt)"
)
_OCCUPATION = (
    r"(?:\s(?:zit|zat|werkt|werkte|woont|woonde|works|worked|lives)\s(?:in|op|bij|at|for)(?:\s\w{1,20}){1,2}"
    r"|\s(?:is|was)\s(?:(?:de|een|the|a)\s)?(?:baas|eigenaar|directeur|arts|kok|boss|owner|teacher|manager"
    r"|\w{2,12}(?:man|leraar|lerares|docent))(?:\s(?:van|of)\s(?:het|de|the)\s\w{1,25})?)"
)
_ROLE = (
    r"(?:keeper|doelman|aanvoerder|spits|topscorer|drummer|gitarist|zanger|zangeres|bassist|dj|goalkeeper|goalie"
    r"|klassenvertegenwoordiger|striker|captain|lead singer|class rep)"
)
_CLAUSE = r"(?:\s[^\s,.!?;:()]{1,30}){1,10}?(?=[,.!?;:)\n]|$)"
_LANGUAGE = r"(?:nederlands|engels|frans|duits|turks|arabisch|pools|dutch|english|french|german)"


def _rule(reason: str, *ways: str) -> tuple[str, re.Pattern[str]]:
    return reason, re.compile("|".join(ways), re.IGNORECASE)


_RULES = (
    _rule(
        "as the only one",
        rf"\b(?:als|as)\s(?:(?:de|het|the)\s)?(?:enige|enigste|only)\s{_ADJECTIVES}{_MEMBER}\b{_OF_GROUP}",
    ),
    _rule(
        "the only one",
        rf"\b(?:(?:de|het|the)\s)?(?:enige|enigste|only)\s{_ADJECTIVES}{_MEMBER}\b{_OF_GROUP}",
    ),
    _rule(
        "role outside the group",
        rf"\b(?:de|the)\s{_ROLE}\s(?:van|of|from)(?:\s(?:de|het|the|onze|our))?\s\w{{1,20}}",
    ),
    _rule(
        "described person",
        rf"\b(?:die|dat|that|onze|our)\s{_ADJECTIVES}{_PERSON}\s(?:op|met|uit|from|with|on|in){_TAIL}",
        rf"\b(?:die|dat|that)\s(?:ene\s)?(?:\w{{3,12}}e|old|young|weird|quiet)\s{_PERSON}\b",
        rf"\b(?:die|dat)\sene\sdie{_TAIL}",
        rf"\b(?:other|andere)\s(?:dutch|foreign|nederlandse|buitenlandse)\s{_PERSON}\b",
    ),
    _rule(
        "relative",
        rf"\b{_OWN}\s(?:\w{{2,12}}e\s)?{_AT_SCHOOL}\b{_OCCUPATION}?",
        rf"\b{_OWN}\s(?:\w{{2,12}}e\s)?{_ELDER}\b{_OCCUPATION}",
    ),
    _rule(
        "the writer's own story",
        r"\((?:mij|me|ik|hoi|ikzelf|mezelf|myself)\b[^()]{0,12}\)",
        r"\bbij\smij\s(?:aan|in)\s(?:de|het)\s\w{2,15}",
        rf"\b(?:mijn|mn|m'n|my)\s{_LANGUAGE}\s(?:is|was)\b{_CLAUSE}",
    ),
    _rule(
        "newcomer",
        r"\b(?:ik\s)?(?:zat|kwam|ben|was)\s(?:\w{1,12}\s){0,4}(?:in|bij)\s(?:een andere?|jullie|another)\s"
        r"(?:groepje|groep|klas|group|team|class)\b(?:\sgekomen)?",
        r"\bpas\sin\sweek\s\d{1,2}\s(?:\w{1,12}\s){0,4}(?:gekomen|erbij)\b",
        r"\b(?:(?:ik|i)\s)?(?:was|zat)\son\s(?:exchange|holiday)\b(?:\sin\s\w{2,20})?",
    ),
)


def indirect_findings(text: str) -> Iterator[Finding]:
    """What points at one person without a name, in a normalised text."""
    for reason, pattern in _RULES:
        for match in pattern.finditer(text):
            yield Finding(match.start(), match.end(), "indirect", reason)
