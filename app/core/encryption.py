"""Encryption with a key that is derived from a secret of the settings and a purpose."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class DecryptionError(Exception):
    """The data was encrypted with another key, was changed, or is too old."""


class Encryption:
    """Encrypts and decrypts with Fernet (AES-128-CBC with HMAC-SHA256).

    HKDF (RFC 5869) derives the key from `secret`, which may be any long text, and `purpose`. Two purposes
    never share a key.
    """

    def __init__(self, secret: str, purpose: bytes) -> None:
        derivation = HKDF(SHA256(), length=32, salt=None, info=purpose)
        self._fernet = Fernet(base64.urlsafe_b64encode(derivation.derive(secret.encode())))

    def encrypt(self, plain: bytes) -> bytes:
        """The encrypted text, which may be stored or sent."""
        return self._fernet.encrypt(plain)

    def decrypt(self, encrypted: bytes, *, max_age: int | None = None) -> bytes:
        """The plain text, if it was encrypted at most `max_age` seconds ago. Raises DecryptionError."""
        try:
            return self._fernet.decrypt(encrypted, ttl=max_age)
        except InvalidToken as fault:
            raise DecryptionError("It was encrypted with another key, was changed, or is too old.") from fault
