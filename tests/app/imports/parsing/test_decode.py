"""Bytes become text whatever program saved them, and what is no text is refused with a sentence."""

import pytest

from app.imports.parsing.decode import MAX_BYTES, decode
from app.imports.parsing.problems import Code, ImportRefused, Refusal

TEXT = "naam;opmerking\nZoë;Één “fijne” groep, €5\n"


@pytest.mark.parametrize(
    ("codec", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
    ],
)
def test_tells_encodings_apart(codec: str, told: str) -> None:
    decoded = decode(TEXT.encode(codec))
    assert (decoded.text, decoded.encoding, decoded.problems) == (TEXT, told, ())


def test_utf16_of_either_byte_order() -> None:
    assert decode(b"\xfe\xff" + TEXT.encode("utf-16-be")).text == TEXT
    assert decode(b"\xff\xfe" + TEXT.encode("utf-16-le")).text == TEXT


def test_one_broken_byte_does_not_garble_the_rest_of_a_utf8_file() -> None:
    data = TEXT.encode().replace("€".encode(), "€".encode()[:2], 1)
    decoded = decode(data)
    assert decoded.encoding == "utf-8"
    assert "Zoë;Één" in decoded.text
    assert "\ufffd" in decoded.text


def test_control_characters_are_removed_and_counted() -> None:
    decoded = decode(b"naam;klas\nZo\x00e;3\x07A\n")
    assert decoded.text == "naam;klas\nZoe;3A\n"
    assert [(p.code, p.params) for p in decoded.problems] == [(Code.CONTROL_CHARACTERS, {"count": 2})]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", Refusal.EMPTY),
        (b"\xef\xbb\xbf \r\n\t\n", Refusal.EMPTY),
        (b"x" * (MAX_BYTES + 1), Refusal.TOO_BIG),
        (b"PK\x03\x04" + bytes(100), Refusal.WORKBOOK),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), Refusal.WORKBOOK),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, Refusal.NOT_TEXT),
        ("naam;klas\n".encode("utf-16-le") * 20, Refusal.NOT_TEXT),
    ],
)
def test_refuses_what_is_no_text(data: bytes, refusal: Refusal) -> None:
    with pytest.raises(ImportRefused) as caught:
        decode(data)
    assert caught.value.refusal is refusal
    assert caught.value.status == 400
    assert caught.value.code == refusal.value


def test_a_workbook_is_told_to_be_saved_as_csv() -> None:
    with pytest.raises(ImportRefused, match="CSV UTF-8"):
        decode(b"PK\x03\x04" + bytes(100), "klas.xlsx")
