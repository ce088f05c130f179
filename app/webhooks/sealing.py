"""Secrets of receivers at rest: encrypted with a key that follows from the settings."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(Exception):
    """The stored secret was encrypted with another key; the endpoint needs a new secret."""


class Seal:
    """Fernet (AES-128-CBC with HMAC-SHA256). The key is derived (RFC 5869), so that any long text will do."""

    def __init__(self, encryption_key: str) -> None:
        derivation = HKDF(SHA256(), length=32, salt=None, info=b"terugblik webhook secrets")
        self._fernet = Fernet(base64.urlsafe_b64encode(derivation.derive(encryption_key.encode())))

    def close(self, secret: str) -> bytes:
        """What may be stored."""
        return self._fernet.encrypt(secret.encode())

    def open(self, stored: bytes) -> str:
        """The secret again. Raises SealBroken."""
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken as fault:
            raise SealBroken("The secret was encrypted with another WEBHOOK_ENCRYPTION_KEY.") from fault
