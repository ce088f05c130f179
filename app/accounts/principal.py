"""Who is asking: the few facts about a logged-in person that every rule of access is decided on."""

from dataclasses import dataclass
from typing import Literal

from app.core.ids import fingerprint
from app.core.locale import Locale

Role = Literal["pupil", "teacher", "admin"]
CredentialKind = Literal["session", "token"]

ROLES: tuple[Role, ...] = ("pupil", "teacher", "admin")


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody showed to be let in, as it is stored: never the secret itself."""

    kind: CredentialKind
    fingerprint: bytes

    @classmethod
    def of(cls, kind: CredentialKind, secret: str) -> "Credential":
        """That of a cookie or an API token."""
        return cls(kind, fingerprint(secret))


@dataclass(frozen=True, slots=True)
class Principal:
    """A logged-in person.

    `session_key` is the login session's fingerprint as hexadecimal text; None for API tokens, which need
    no CSRF token.
    """

    user_id: int
    school_id: int
    role: Role
    name: str
    locale: Locale
    session_key: str | None = None

    @property
    def is_staff(self) -> bool:
        """Teachers and administrators."""
        return self.role != "pupil"
