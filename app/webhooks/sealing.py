"""Secrets of receivers at rest: encrypted with a key that follows from the settings."""

from cryptography.fernet import InvalidToken

from app.core.sealing import fernet


class SealBroken(Exception):
    """The stored secret was encrypted with another key; the endpoint needs a new secret."""


class Seal:
    """Closes and opens secrets; `encryption_key` is any long text."""

    def __init__(self, encryption_key: str) -> None:
        self._fernet = fernet(encryption_key, b"terugblik webhook secrets")

    def close(self, secret: str) -> bytes:
        """What may be stored."""
        return self._fernet.encrypt(secret.encode())

    def open(self, stored: bytes) -> str:
        """The secret again. Raises SealBroken."""
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken as fault:
            raise SealBroken("The secret was encrypted with another WEBHOOK_ENCRYPTION_KEY.") from fault
