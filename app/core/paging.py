"""Keyset paging: an opaque cursor that holds the last row's sort key."""

import base64
import binascii
from datetime import datetime

from app.core.errors import BadInput


def encode_cursor(moment: datetime, key: str) -> str:
    """The cursor of the page that follows the row (`moment`, `key`)."""
    raw = f"{moment.isoformat()}|{key}".encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The row after which a page begins. Raises BadInput for anything that we did not make."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, key = raw.split("|", 1)
        parsed = datetime.fromisoformat(moment)
    except (ValueError, binascii.Error) as fault:
        raise BadInput("The cursor is not one of ours; start again without it.", field="cursor") from fault
    if parsed.tzinfo is None or not key:
        raise BadInput("The cursor is not one of ours; start again without it.", field="cursor")
    return parsed, key
