"""Cursors: an encoded row is decoded again, and any other text is refused."""

import contextlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.core.paging import decode_cursor, encode_cursor


@given(st.datetimes(timezones=st.just(UTC)), st.text(min_size=1, max_size=80))
def test_a_cursor_decodes_to_the_row_that_it_encodes(at: datetime, key: str) -> None:
    assert decode_cursor(encode_cursor(at, key)) == (at, key)


def test_a_cursor_keeps_microseconds_and_needs_no_escaping_in_a_url() -> None:
    at = datetime(2026, 11, 24, 1, 2, 3, 456_789, timezone(timedelta(hours=1)))
    cursor = encode_cursor(at, "summary-1-2-01JD")
    assert decode_cursor(cursor)[0] == at
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with contextlib.suppress(BadInput):
        at, key = decode_cursor(text)
        assert decode_cursor(encode_cursor(at, key)) == (at, key)


@pytest.mark.parametrize("raw", ["", "2026-11-24T00:00:00|x", "2026-11-24T00:00:00+00:00|", "no date|x", "x"])
def test_cursors_that_are_nearly_right_are_refused(raw: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode_cursor(urlsafe_b64encode(raw.encode()).decode())
    assert caught.value.field == "cursor"
