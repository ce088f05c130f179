"""Signatures of deliveries, as Standard Webhooks has them (github.com/standard-webhooks, version 1). Pure."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from app.core.encryption import Encryption

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits in the form that receivers' libraries read: `whsec_<base64>`."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def encryption(key: str) -> Encryption:
    """What encrypts the secrets of receivers at rest; `key` is WEBHOOK_ENCRYPTION_KEY."""
    return Encryption(key, b"terugblik webhook secrets")


def derived_secret(key: str, purpose: str) -> str:
    """A secret of the same form that follows from our own key, and need not be stored."""
    made = hmac.new(key.encode(), f"webhook secret: {purpose}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(made).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64 of the HMAC-SHA256 of "id.timestamp.body">`. Raises ValueError."""
    if not secret.startswith(PREFIX):
        raise ValueError("A secret begins with whsec_.")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as fault:
        raise ValueError("A secret is base64 after whsec_.") from fault
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets_: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; a signature for each secret, because while one is replaced both are valid."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(one, message_id, timestamp, body) for one in secrets_),
    }
