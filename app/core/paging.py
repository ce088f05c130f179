"""Keyset paging: an opaque cursor that holds the last row's sort key."""

import base64
import binascii
from datetime import datetime

from app.core.errors import BadInput


def encode_cursor(at: datetime, key: str) -> str:
    """The cursor of the page that follows the row with this time and key."""
    raw = f"{at.isoformat()}|{key}".encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """Time and key of the row that the page follows. Raises BadInput for a text that is no cursor."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        time, key = raw.split("|", 1)
        at = datetime.fromisoformat(time)
    except (ValueError, binascii.Error) as fault:
        raise BadInput("The cursor is not one of ours; start again without it.", field="cursor") from fault
    if at.tzinfo is None or not key:
        raise BadInput("The cursor is not one of ours; start again without it.", field="cursor")
    return at, key
