"""Who is asking: the few facts about a logged-in person that every rule of access is decided on."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["pupil", "teacher", "admin"]
Locale = Literal["nl", "en"]

ROLES: tuple[Role, ...] = ("pupil", "teacher", "admin")


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
