"""Identifiers and secrets: ULIDs, which sort by time, and random texts that cannot be guessed."""

import hashlib
import secrets
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(milliseconds: int | None = None) -> str:
    """A 26-character ULID (github.com/ulid/spec), sortable as text.

    It holds 48 bits of time, `milliseconds` since 1970 or now, and 80 random bits.
    """
    now = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    number = (now << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def new_secret() -> str:
    """256 random bits as URL-safe text. It is shown once, and only its `fingerprint` is stored."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> bytes:
    """The SHA-256 of a secret. A slow hash is not needed, because the secret is random and no password."""
    return hashlib.sha256(secret.encode()).digest()


def new_code() -> str:
    """80 random bits for people to type: four groups of four, without letters that look like digits."""
    letters = "".join(secrets.choice(_CROCKFORD) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def plain_code(typed: str) -> str:
    """The characters of a typed code, in upper case. O, I and L are read as digits, as Crockford defines."""
    letters = typed.upper().translate(str.maketrans("OIL", "011"))
    return "".join(letter for letter in letters if letter in _CROCKFORD)
