"""Signatures of deliveries as Standard Webhooks version 1 defines them, and the secrets that make them. Pure.

The standard is at github.com/standard-webhooks.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from app.core.encryption import Encryption

SECRET_PREFIX = "whsec_"  # noqa: S105 - marks a secret, and is none
SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits as `whsec_<base64>`, the form that receivers' libraries read."""
    return _secret(secrets.token_bytes(SECRET_BYTES))


def url_secret(key: str, school_id: int) -> str:
    """The secret that signs for the addresses that people of a school give with a job.

    It is derived from `key`, which is WEBHOOK_ENCRYPTION_KEY, each time, and never stored.
    """
    purpose = f"webhook secret: school {school_id}"
    return _secret(hmac.digest(key.encode(), purpose.encode(), hashlib.sha256))


def _secret(key: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(key).decode()


def encryption(key: str) -> Encryption:
    """Encrypts the secrets of receivers at rest. `key` is WEBHOOK_ENCRYPTION_KEY."""
    return Encryption(key, b"terugblik webhook secrets")


def signed_headers(
    signing_secrets: Sequence[str], message_id: str, at: datetime, body: str
) -> dict[str, str]:
    """The three headers of one try: its id, its time in whole seconds since 1970, and its signatures.

    There is a signature for each secret, because two secrets are valid while one replaces the other. A
    receiver accepts the message when any of them fits. `at` has a time zone; `body` is what will be sent,
    encoded as UTF-8.
    """
    at = at.astimezone(UTC)  # the library reads every time as UTC, whatever its time zone
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in signing_secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
