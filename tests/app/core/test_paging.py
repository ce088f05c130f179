"""Cursors: what we made comes back, anything else is refused."""

import contextlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.core.paging import decode_cursor, encode_cursor


@given(st.datetimes(timezones=st.just(UTC)), st.text(min_size=1, max_size=80))
def test_what_goes_in_comes_out(moment: datetime, key: str) -> None:
    assert decode_cursor(encode_cursor(moment, key)) == (moment, key)


def test_a_cursor_keeps_the_moment_to_the_microsecond_and_fits_into_an_address() -> None:
    moment = datetime(2026, 11, 24, 1, 2, 3, 456_789, timezone(timedelta(hours=1)))
    cursor = encode_cursor(moment, "summary-1-2-01JD")
    assert decode_cursor(cursor)[0] == moment
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=60))
def test_anything_else_is_refused_and_not_a_fault_of_ours(text: str) -> None:
    with contextlib.suppress(BadInput):
        moment, key = decode_cursor(text)
        assert decode_cursor(encode_cursor(moment, key)) == (moment, key)


@pytest.mark.parametrize("raw", ["", "2026-11-24T00:00:00|x", "2026-11-24T00:00:00+00:00|", "no date|x", "x"])
def test_cursors_that_are_nearly_right_are_refused(raw: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode_cursor(urlsafe_b64encode(raw.encode()).decode())
    assert caught.value.field == "cursor"
