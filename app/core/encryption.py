"""Encryption at rest: a key that follows from a long text of the settings and a purpose."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class DecryptionError(Exception):
    """What was stored was encrypted with another key, was changed, or is too old."""


class Encryption:
    """Encrypts and decrypts with Fernet (AES-128-CBC with HMAC-SHA256).

    The key is derived with HKDF (RFC 5869) from `secret`, which may be any long text, and `purpose`: two
    purposes never share a key.
    """

    def __init__(self, secret: str, purpose: bytes) -> None:
        derivation = HKDF(SHA256(), length=32, salt=None, info=purpose)
        self._fernet = Fernet(base64.urlsafe_b64encode(derivation.derive(secret.encode())))

    def encrypt(self, plain: bytes) -> bytes:
        """The text as it may be stored or sent."""
        return self._fernet.encrypt(plain)

    def decrypt(self, encrypted: bytes, *, max_age: int | None = None) -> bytes:
        """The text again, if it is at most `max_age` seconds old. Raises DecryptionError."""
        try:
            return self._fernet.decrypt(encrypted, ttl=max_age)
        except InvalidToken as fault:
            raise DecryptionError("It was encrypted with another key, was changed, or is too old.") from fault
