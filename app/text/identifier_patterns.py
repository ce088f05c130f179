"""Identifier patterns: addresses, accounts, numbers, classes, places and people with a title.

Every pattern is bounded, so that a comment costs time in proportion to its length and no more.
"""

import re
from collections.abc import Iterator

from app.core.folding import fold
from app.text.findings import Finding, Kind
from app.text.word_lists import is_form_of_ordinary, is_ordinary, section

_LEVEL = r"(?:havo|vwo|mavo|vmbo|mbo|gymnasium|atheneum|kader|basis|gym|ath)"
_PLATFORM = r"(?:insta(?:gram)?|snap(?:chat)?|tiktok|discord|telegram|twitch)"
_ACCOUNT = r"[\w.#@\-]{2,40}"
_MARKED_ACCOUNT = r"(?=[\w.]{2,40})[A-Za-z][A-Za-z]{0,30}[\d_.][\w.]{1,30}"
"""An account that cannot be an ordinary word: it has a digit, a dot or a line in it."""
_INFIX = r"(?:(?:[Vv]an|[Dd]e|[Dd]er|[Dd]en|[Tt]en|[Tt]er|[Ee]l|[Vv]\.?d\.?)\s){0,3}"
_STREET = r"(?:straat|laan|weg|plein|gracht|kade|dreef|singel|steeg|hof|straatje|pad)"
_CHUNK = re.compile(r"[^\W_]+")
_NO_ORDINARY_WORD = frozenset({"street", "title"})
_MAX_CHUNKS = 5
"""In so many pieces a number is recognised."""

_PATTERNS: tuple[tuple[Kind, str, str, re.Pattern[str]], ...] = (
    ("email", "e-mail", "@", re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")),
    (
        "url",
        "link",
        ".",
        re.compile(
            r"(?:https?://|www\.)\S{1,2000}"
            r"|(?<![\w\-.])[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,3}\.(?:nl|com|org|net|io|eu|info|gg)\b(?:/\S{0,2000})?",
            re.IGNORECASE,
        ),
    ),
    ("handle", "account", "@", re.compile(r"(?<![\w@.])@\w[\w.]{1,30}\w")),
    (
        "handle",
        "account",
        "",
        re.compile(
            rf"\b{_PLATFORM}\s?[:=]\s?{_ACCOUNT}"
            rf"|\b(?:op\s|on\s|mijn\s|my\s|zijn\s|haar\s|his\s|her\s)?{_PLATFORM}\s"
            rf"(?:(?:is|heet|ik|me|naam|name|account|via|onder|as|als|add)\s){{0,3}}{_MARKED_ACCOUNT}",
            re.IGNORECASE,
        ),
    ),
    ("phone", "phone", "", re.compile(r"(?<![\w.])(?:\+\d|\(0|0\d)(?:[\s\-./()]{0,2}\d){7,13}(?!\w)")),
    (
        "number",
        "number",
        "",
        re.compile(
            r"(?:\b(?:leerling|student(?:en)?)\s?(?:nummer|nr|number|no)\.?\s?:?\s?)"
            r"[a-zA-Z]{0,2}\d(?:[\s.\-]?\d){3,12}(?!\w)"
            r"|(?<![\w,.€$])[a-zA-Z]{0,2}\d{5,12}(?![\w,])"
            r"|(?<![\w,.€$])\d{3} \d{2}[1-9](?![\w,])|(?<![\w,.€$])\d{2,4}(?: \d{2,4}){2,4}(?![\w,])",
            re.IGNORECASE,
        ),
    ),
    (
        "class",
        "class",
        "",
        re.compile(
            r"\b(?:de\s|the\s)?(?:[Kk]las|[Cc]lass|[Yy]ear|[Mm]entorklas)\s"
            r"(?:[A-Za-z]?\s?\d\s?[A-Za-z]\b|\d\w{0,4}|[A-Z]{1,3}\d\w{0,2})\b"
            rf"|\b[1-6]\s?{_LEVEL}(?:[\s\-]?[A-Z]?\d?)\b|\b{_LEVEL}[\s\-]?[1-6][a-z]?\b"
            r"|\b(?!(?:1E|2E|3E|4K|2D|3D|4D|1V1|2X|3X|4X|5X|1X|4G|5G)\b)[1-6][A-Z]{1,4}\d{0,2}[a-z]?\b"
            r"|\b(?:H|V|HV|MH|TH|AH|HA|VG|TL|GT|KB|BB)[1-6][A-Za-z]?\b|\b[ABGMT][1-6][A-Za-z]\b"
            r"|\b[HVMGT] [1-6] ?[A-Za-z]\b|\b[hvmgt][1-6][a-z]\b"
            r"|\b[A-Z]{2,4}[1-6][A-Z]\b|\bJO\d{1,2}\b"
            r"|(?<=\buit )[1-6][a-z]\b|(?<=\bvan klas )[1-6][a-z]\b|(?<=\bfrom )[1-6][a-z]\b"
        ),
    ),
    (
        "place",
        "street",
        "",
        re.compile(
            rf"(?:\b[A-Z]\w{{1,30}} aan de )?\b(?:[Dd]e )?[A-Z]\w{{1,25}}{_STREET}(?:\s\d{{1,4}}[a-z]?)?\b"
            rf"|\b[a-z]{{3,25}}{_STREET}\s\d{{1,4}}[a-z]?\b"
            r"|\b[A-Z]\w{1,25} (?:Street|Road|Avenue|Lane|Square)\b(?:\s\d{1,4})?"
            r"|\b(?:bus|lijn|tram|metro) \d{1,3}\b"
        ),
    ),
    (
        "name",
        "title",
        "",
        re.compile(
            r"\b(?:[Mm]eneer|[Mm]evrouw|[Mm]evr\.?|[Dd]hr\.?|[Mm]w\.?|[Jj]uf(?:frouw)?|[Mm]eester|[Mm]adame|[Mm]r\.?"
            r"|[Mm]rs\.?|[Mm]s\.?|[Mm]iss|[Dd]r\.?|[Pp]rof\.?|[Cc]hef|[Cc]oach|[Tt]rainer|[Dd]ocente?|[Mm]entor)\s"
            rf"{_INFIX}[A-Z][\w'’\-]{{1,30}}(?:\s[A-Z][\w'’\-]{{1,30}}){{0,2}}"
            r"|(?<!een )(?<!die )\b(?:[Mm]eneer|[Mm]evrouw|[Mm]evr\.|[Dd]hr\.|[Mm]w\.|[Jj]uf|[Mm]eester)\s"
            r"(?:(?:van|de|der|den|ten|ter)\s){1,3}[a-z][\w'’\-]{2,30}"
        ),
    ),
)


def pattern_findings(text: str) -> Iterator[Finding]:
    """What these patterns find in a normalised text."""
    for kind, reason, needs, pattern in _PATTERNS:
        if needs in text:
            for match in pattern.finditer(text):
                if reason not in _NO_ORDINARY_WORD or not _is_word(match.group()):
                    yield Finding(match.start(), match.end(), kind, reason)


def _is_word(found: str) -> bool:
    """Whether what looks like a street or a name is words: "Onderweg", "de juf van de opvang"."""
    *before, last = fold(found).split()
    if not before:
        return is_form_of_ordinary(last)
    if found.rsplit(maxsplit=1)[-1][0].isupper() or before[-1] not in {"de", "het"}:
        return False
    return is_ordinary(last) and last not in section("family")


def number_findings(text: str, numbers: frozenset[str]) -> Iterator[Finding]:
    """Where one of these numbers stands, also with blanks, dots and hyphens in it.

    The numbers are as `plain_number` gives them.
    """
    chunks = list(_CHUNK.finditer(text)) if numbers else []
    for at, chunk in enumerate(chunks):
        joined = ""
        for part in chunks[at : at + _MAX_CHUNKS]:
            if joined and text[part.start() - 1] not in " .-":
                break
            joined += part.group().casefold()
            if joined in numbers:
                yield Finding(chunk.start(), part.end(), "number", "number on the roster")


def plain_number(number: str) -> str:
    """A number as `number_findings` compares it."""
    return "".join(_CHUNK.findall(number)).casefold()
