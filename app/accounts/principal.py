"""The principal: what every rule of access knows about the user of a request."""

from dataclasses import dataclass
from typing import Literal

from app.core.ids import fingerprint
from app.core.locale import Locale

Role = Literal["pupil", "teacher", "admin"]
CredentialKind = Literal["session", "token"]

ROLES: tuple[Role, ...] = ("pupil", "teacher", "admin")


@dataclass(frozen=True, slots=True)
class Credential:
    """A cookie or an API token, by the fingerprint of its secret; the secret itself is never kept."""

    kind: CredentialKind
    fingerprint: bytes

    @classmethod
    def from_secret(cls, kind: CredentialKind, secret: str) -> "Credential":
        """The credential of the secret that a request brought."""
        return cls(kind, fingerprint(secret))


@dataclass(frozen=True, slots=True)
class Principal:
    """The user of a request.

    `session_key` is the login session's fingerprint as hexadecimal text. It is None for an API token, which
    needs no CSRF token.
    """

    user_id: int
    school_id: int
    role: Role
    name: str
    locale: Locale
    session_key: str | None = None

    @property
    def is_staff(self) -> bool:
        """Whether the user is a teacher or an administrator."""
        return self.role != "pupil"
