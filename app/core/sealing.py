"""Encryption with a key that follows from a long text of the settings and a purpose."""

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def fernet(secret: str, purpose: bytes) -> Fernet:
    """Fernet: AES-128-CBC with HMAC-SHA256. The key is derived (RFC 5869), so that any long text will do."""
    derivation = HKDF(SHA256(), length=32, salt=None, info=purpose)
    return Fernet(base64.urlsafe_b64encode(derivation.derive(secret.encode())))
