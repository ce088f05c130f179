"""Single cells: cleaning, scores, dates, addresses, and formulas that must stay text."""

import re
from datetime import datetime
from decimal import Decimal

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
"""Control characters that no text needs; PostgreSQL refuses NUL."""

_LINE_ENDS = re.compile(r"\r\n?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_ESCAPED_FORMULA = re.compile(r"'+[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{1,20})?")
_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@[^\s@<>(),;:\"\[\]\\]+\.[^\s@<>(),;:\"\[\]\\.]{2,}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_DUTCH_DATE = re.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?", re.ASCII
)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?", re.ASCII)

MAX_EMAIL = 254
"""RFC 5321 section 4.5.3.1.3, and the width of our column."""

WIDTHS = {
    "id": 100,
    "name": 100,
    "prefix": 30,
    "email": 300,
    "number": 32,
    "class": 50,
    "team": 100,
    "course": 200,
}
"""The most characters that a label may have, by what it is; what the database takes. (An address may have a
name beside it here.)"""


def clean(text: str) -> str:
    """The text without control characters and lone surrogates, trimmed, line breaks as \\n."""
    return _SURROGATE.sub("\ufffd", CONTROL.sub("", _LINE_ENDS.sub("\n", text))).strip()


def one_line(text: str) -> str:
    """`clean`, without invisible characters, any run of white space as one space: for names and labels."""
    return " ".join(_INVISIBLE.sub("", clean(text)).split())


def escape_cell(text: str) -> str:
    """The cell as it goes into an exported CSV: never a formula to a spreadsheet program.

    A cell that begins with = + - @, a tab or a line break gets an apostrophe before it
    (https://owasp.org/www-community/attacks/CSV_Injection). `unescape_cell` takes it away again, whatever
    the text: one that already had apostrophes there gets one more.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_cell(text: str) -> str:
    """The cell as it was before `escape_cell`; any other text as it is."""
    return text[1:] if _ESCAPED_FORMULA.match(text) else text


def parse_score(text: str) -> Decimal | None:
    """A number with a decimal point or comma, rounded to two decimals; None for anything else."""
    trimmed = text.strip()
    if not _NUMBER.fullmatch(trimmed):
        return None
    return Decimal(trimmed.replace(",", ".")).quantize(Decimal("0.01")).normalize() + 0


def parse_date(text: str) -> datetime | None:
    """dd-mm-yyyy (also with / or . between) or ISO 8601, with or without a time; None for anything else.

    The day always comes first. Only an ISO time that says its zone has one in the result.
    """
    trimmed = text.strip()
    try:
        if _ISO_DATE.fullmatch(trimmed):
            date = datetime.fromisoformat(trimmed)
        elif match := _DUTCH_DATE.fullmatch(trimmed):
            day, month, year, hour, minute, second = (int(part) for part in match.groups(default="0"))
            date = datetime(year, month, day, hour, minute, second)
        else:
            return None
    except ValueError:
        return None
    return date if 1990 <= date.year <= 2100 else None


def parse_email(text: str) -> str | None:
    """The address in lower case, out of "Name <address>" or "mailto:" too; None when there is none."""
    inner = re.fullmatch(r"[^<>]*<([^<>]*)>", text.strip())
    address = (inner[1] if inner else text).strip().lower().removeprefix("mailto:")
    return address if len(address) <= MAX_EMAIL and _EMAIL.fullmatch(address) else None
