"""Identifiers and secrets: ULIDs for what sorts by time, random tokens for what must not be guessed."""

import hashlib
import secrets
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(milliseconds: int | None = None) -> str:
    """A 26-character ULID (github.com/ulid/spec): 48 bits of time, 80 random bits, sortable as text."""
    moment = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    number = (moment << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def new_secret() -> str:
    """256 random bits as URL-safe text; given out once, stored only as `fingerprint`."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> bytes:
    """SHA-256 of a secret. Plain hashing is enough: the input is random bits, not a password."""
    return hashlib.sha256(secret.encode()).digest()


def new_code() -> str:
    """80 random bits for people to type over: four groups of four, without letters that look like digits."""
    letters = "".join(secrets.choice(_CROCKFORD) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def plain_code(typed: str) -> str:
    """A code as it was meant, however it was typed: Crockford's reading of O, I and L; case and hyphens."""
    letters = typed.upper().translate(str.maketrans("OIL", "011"))
    return "".join(letter for letter in letters if letter in _CROCKFORD)
