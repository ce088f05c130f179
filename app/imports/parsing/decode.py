"""From bytes to text: refuses what is no text, and tells UTF-8, UTF-16 and Windows-1252 apart."""

import codecs
from dataclasses import dataclass

from app.imports.parsing.cells import CONTROL
from app.imports.parsing.problems import Code, ImportRefused, Problem, Refusal

MAX_BYTES = 10 * 1024 * 1024
"""PRODUCT.md section 3."""

_WORKBOOKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""Zip (xlsx, ods, numbers) and OLE2 (xls)."""
_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text without byte order mark and control characters."""

    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


def decode(data: bytes, filename: str = "") -> Decoded:
    """The text of a file of at most MAX_BYTES.

    Raises ImportRefused for an empty file, one that is too big, a workbook, and anything that is no text.
    """
    if len(data) > MAX_BYTES:
        raise ImportRefused(Refusal.TOO_BIG, limit=MAX_BYTES // 1024**2)
    if data.startswith(_WORKBOOKS):
        raise ImportRefused(Refusal.WORKBOOK)
    raw, encoding = _to_text(data)
    text = CONTROL.sub("", raw)
    removed = len(raw) - len(text)
    if removed > 10 + len(raw) // 100:
        refusal = Refusal.WORKBOOK if filename.lower().endswith(_WORKBOOK_SUFFIXES) else Refusal.NOT_TEXT
        raise ImportRefused(refusal)
    if not text.strip():
        raise ImportRefused(Refusal.EMPTY)
    problems = (Problem(Code.CONTROL_CHARACTERS, params={"count": removed}),) if removed else ()
    return Decoded(text, encoding, problems)


def _to_text(data: bytes) -> tuple[str, str]:
    if data.startswith(_UTF16):
        return data.decode("utf-16", errors="replace"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return _to_damaged_text(data)


def _to_damaged_text(data: bytes) -> tuple[str, str]:
    """UTF-8 with some broken bytes, or Windows-1252.

    In Windows-1252 text hardly an accented letter happens to be valid UTF-8; in UTF-8 that lost a byte
    somewhere most still are. So the larger number decides, and one broken byte does not garble the rest.
    """
    text = data.decode("utf-8-sig", errors="replace")
    broken = text.count("\ufffd")
    valid = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    if valid > broken:
        return text, "utf-8"
    return data.decode("cp1252", errors="replace"), "cp1252"
