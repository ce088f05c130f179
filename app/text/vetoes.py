"""Vetoes: what no sentence for a student may hold, whatever a model says of it.

A veto speaks only of what code knows for certain: form, language, words and numbers that stand in no comment.
Whether a sentence says what its quotes say is the second reading's to judge (`judge_sentences`).
"""

import re
from collections.abc import Callable, Sequence

from app.core.locale import Locale
from app.text.anonymise import Anonymiser
from app.text.input_screen import unfit
from app.text.languages import language_of
from app.text.points import Statement
from app.text.tokens import words
from app.text.types import Comment, Kind

MIN_WORDS = 3
MAX_WORDS, MAX_MIXED_WORDS = 30, 40
MAX_CHARS = 300
MAX_COPIED_WORDS = 5
"""More words in a row from one comment are a quotation, and quotations give their writer away."""

_MARKUP = re.compile(
    r"[\t*_#`<>{}\[\]|\\=@]|https?:|\.\.\.|[\"“”„]|^\s*[-•–]\s"
    r"|\b(?:json|prompt|taalmodel|language\smodel)\b",
    re.IGNORECASE,
)
_ENDING = re.compile(r"[.!?]['’)]?$")
_INNER_END = re.compile(r"[.!?]\s+\S")
_PREAMBLE = re.compile(
    r"^\W*(?:hier\s(?:is|zijn|volgt)|natuurlijk|zeker|samenvatting|here\s(?:is|are)|here['’]s|sure|certainly"
    r"|of\scourse|summary|the\sfollowing|let\sme|sorry|ik\skan\s(?:dit\s|dat\s|je\s)?(?:niet|geen)"
    r"|i\s(?:cannot|can['’]?t|am\sunable)|als\s(?:een\s)?(?:ai|taalmodel)|as\san?\s(?:ai|language))\b",
    re.IGNORECASE,
)
_SECOND: dict[Locale, frozenset[str]] = {
    "nl": frozenset({"je", "jij", "jou", "jouw", "jezelf", "jouzelf", "jullie"}),
    "en": frozenset({"you", "your", "yours", "yourself", "please"}),
}
_NO_ORDER: dict[Locale, frozenset[str]] = {
    "nl": frozenset(
        {"hij", "zij", "ze", "het", "de", "een", "er", "dit", "dat", "die", "deze", "we", "wij", "ik", "men"}
    ),
    "en": frozenset(
        {"he", "she", "they", "it", "the", "a", "an", "there", "this", "that", "these", "we", "i"}
    ),
}
"""An imperative needs no "je"; a sentence that begins so is none."""
_ALWAYS = frozenset({"altijd", "always"})
_NEVER = frozenset({"nooit", "never"})
_NOT = frozenset({"niet", "geen", "not", "no"})
_ALMOST = frozenset({"bijna", "vrijwel", "haast", "almost", "nearly"})
_NUMBERS = {
    word: number
    for number, spelled in {
        2: "twee two tweemaal twice",
        3: "drie three driemaal thrice",
        4: "vier four",
        5: "vijf five",
        6: "zes six",
        7: "zeven seven",
        8: "acht eight",
        9: "negen nine",
        10: "tien ten",
        11: "elf eleven",
        12: "twaalf twelve",
        20: "twintig twenty",
        30: "dertig thirty",
        50: "vijftig fifty",
        100: "honderd hundred",
    }.items()
    for word in spelled.split()
}
_ORDINALS = {
    **dict.fromkeys(("tweede", "second"), 2),
    **dict.fromkeys(("derde", "third"), 3),
    **dict.fromkeys(("vierde", "fourth"), 4),
    **dict.fromkeys(("vijfde", "fifth"), 5),
}
_DIGITS = re.compile(r"\d+")
_HALF = re.compile(r"\bhalf\s(\d{1,2})\b", re.IGNORECASE)
_AFTERNOON = re.compile(r"\b(1[3-9]|2[0-3])[.:]\d\d\b")

_PEOPLE = (
    r"(?:anderen|andere\s\w+|rest|groepsgeno\w+|teamgeno\w+|klasgeno\w+|iedereen|niemand|wie\sook|docent"
    r"|others?|anyone|everyone|everybody|anybody|nobody|classmates?|team-?\s?mates?|else|teachers?)"
)
_WORDING: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        (
            "comparison",
            rf"\b(?:\w+er|meer|minder)\s(?:\w+\s){{0,4}}dan\s(?:\w+\s){{0,4}}{_PEOPLE}\b|\bthan\s(?:\w+\s){{0,4}}{_PEOPLE}\b"
            r"|\b(?:de|het)\s(?:\w+ste|enige|beste)\s(?:\w+\s){0,2}(?:van|in)\s(?:de|het|alle|allemaal|iedereen|je|jouw)\b"
            r"|\bthe\s(?:best|worst|only|most\s\w+|\w+est)\s(?:\w+\s){0,2}(?:of|in)\s(?:the|all|your|them)\b"
            r"|\b(?:in\svergelijking|vergeleken|compared)\s(?:met|to|with)\b",
        ),
        (
            "grade",
            r"\b(?:(?:on)?voldoende|rapportcijfers?|eindcijfers?|cijfers?\s(?:omhoog|omlaag|voor)|een\s\d{1,2}"
            r"|(?:good|bad|higher|lower|your|a)\sgrades?|out\sof\s(?:10|ten))\b",
        ),
        (
            "prediction",
            r"\bword(?:t|en)?\s(?:je\s|jij\s)?(?:later|ooit|straks|nooit)\b|\blater\s(?:vast|een|word)\b|\bstraks\b"
            r"|\bin\sde\stoekomst\b|\bover\seen\sjaar\b|\b(?:zul|zal)\s(?:je|jij)\b|\b(?:je|jij)\s(?:zult|zal)\b"
            r"|\byou(?:\swill|['’]ll)\s(?:\w+\s)?(?:be|become|end|win|lose|find|get|never|always|make|fail|pass)\b"
            r"|\b(?:bound\sto|should\sbecome|some\sday|one\sday\syou|going\sto\sbe)\b",
        ),
        (
            "who",
            r"(?<!\bbent\s)(?<!\bwas\s)\b(?:degene|diegene|de(?:ze)?\s(?:groepsgenoot|teamgenoot|klasgenoot|jongen|leerling|student)"
            r"|het\smeisje|een\s(?:groepsgenoot|teamgenoot|klasgenoot))\s(?:die|met|zonder|van|naast)\b"
            r"|\biemand\szonder\b|(?<!\bare\s)(?<!\bwere\s)\bthe\sone\swho\b"
            r"|\bthe\s(?:\w+\s)?(?:student|girl|boy|team-?\s?mate|classmate|person)\s(?:who|with|in|next|from)\b"
            r"|^\W*(?:wie|whoever|those\swho)\s(?:\w+\s){1,6}"
            r"(?:vond|vindt|zegt|zei|schreef|zag|merkte|says?|said|thinks?|thought|wrote|found|noticed|saw)\b",
        ),
    )
)
"""Kinds of wording that no sentence may have, whatever its comments say."""


def veto(
    text: str,
    statement: Statement,
    comments: Sequence[Comment],
    unusable: Sequence[str],
    anonymiser: Anonymiser,
    locale: Locale,
) -> str | None:
    """Why this finished line may not be shown, or None.

    `comments` are all comments as they were sent, `unusable` the parts that were cut out of them. The codes
    are stable: form, length, language, person, name, unfit, comparison, grade, prediction, who, absolute,
    number, copied.
    """
    sources = [comment.text for comment in comments if comment.number in statement.comments]
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("form", lambda: _malformed(text)),
        ("length", lambda: _too_long_or_short(text, statement.kind)),
        ("language", lambda: language_of(text) not in {locale, None}),
        ("person", lambda: not _addresses(text, locale)),
        ("name", lambda: bool(anonymiser.leaks(text))),
        ("unfit", lambda: bool(unfit(text)) or _holds_any(text, unusable)),
        ("absolute", lambda: _adds_absolute(text, sources)),
        ("number", lambda: bool(numbers(text) - set().union(*map(numbers_allowed, sources)))),
        ("copied", lambda: _copies(text, sources)),
    )
    code = next((code for code, speaks in checks if speaks()), None)
    return code or _wording(text)


def numbers(text: str) -> set[int]:
    """The numbers from two that a text states: digits, also within "2x" and "8-10", and words.

    Compounds count as one ("twenty-three").
    """
    found = {int(digits[:9]) for digits in _DIGITS.findall(text)}
    pending = 0
    for word in words(text):
        number = _NUMBERS.get(word, 0)
        if pending and 0 < number < 10:
            found.discard(pending)
            number += pending
        found.add(number)
        pending = number if number in {20, 30, 50} else 0
    return {number for number in found if number >= 2}


def numbers_allowed(source: str) -> set[int]:
    """The numbers that a sentence about this comment may state: its own, and other ways to say them.

    An ordinal ("the second day") may become a number, "half 10" half past nine, and 14.20 twenty past two.
    """
    found = numbers(source) | {_ORDINALS[word] for word in words(source) if word in _ORDINALS}
    found |= {int(hour) - 1 for hour in _HALF.findall(source)}
    return found | {int(hour) - 12 for hour in _AFTERNOON.findall(source)}


def _malformed(text: str) -> bool:
    bare = text.strip()
    printable = all(char.isprintable() for char in bare)
    return not printable or bool(_MARKUP.search(bare) or _PREAMBLE.search(bare)) or not _ENDING.search(bare)


def _too_long_or_short(text: str, kind: Kind) -> bool:
    count = len(text.split())
    most = MAX_MIXED_WORDS if kind is Kind.MIXED else MAX_WORDS
    return not MIN_WORDS <= count <= most or len(text) > MAX_CHARS or len(_INNER_END.findall(text)) > 1


def _addresses(text: str, locale: Locale) -> bool:
    """Whether it speaks to the student; an imperative does."""
    folded = words(text)
    if _SECOND[locale] & set(folded):
        return True
    return folded[0] not in _NO_ORDER[locale] and not _third_person(folded) if folded else False


def _third_person(folded: Sequence[str]) -> bool:
    return bool({"hij", "hem", "zij", "haar", "he", "him", "his", "she", "her"} & set(folded))


def _adds_absolute(text: str, sources: Sequence[str]) -> bool:
    """Whether it says always or never where no comment of the statement does, in either language.

    "Almost always" is neither, and a comment's double negation ("nooit niet") is always.
    """
    folded = words(text)
    said = {word for before, word in zip(("", *folded), folded, strict=False) if before not in _ALMOST}
    theirs = {word for source in sources for word in words(source)}
    if theirs & _NEVER and theirs & _NOT:
        theirs |= _ALWAYS
    return any(said & group and not theirs & group for group in (_ALWAYS, _NEVER))


def _holds_any(text: str, unusable: Sequence[str]) -> bool:
    folded = words(text)
    return any(_run_within(words(part), folded) for part in unusable if part.strip())


def _run_within(run: Sequence[str], folded: Sequence[str]) -> bool:
    size = len(run)
    return size > 0 and any(
        tuple(folded[at : at + size]) == tuple(run) for at in range(len(folded) - size + 1)
    )


def _copies(text: str, sources: Sequence[str]) -> bool:
    folded = words(text)
    size = MAX_COPIED_WORDS + 1
    runs = {tuple(folded[at : at + size]) for at in range(len(folded) - size + 1)}
    if not runs:
        return False
    for source in sources:
        theirs = words(source)
        if any(tuple(theirs[at : at + size]) in runs for at in range(len(theirs) - size + 1)):
            return True
    return False


def _wording(text: str) -> str | None:
    return next((code for code, pattern in _WORDING if pattern.search(text)), None)
