"""A case: a template with its context, in the page frame of a role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.accounts.principal import Principal, Role
from app.core.locale import Locale
from web.templating import Chrome, Notice, Section


@dataclass(frozen=True, slots=True)
class Case:
    """A template with its context. `role` is None for a visitor."""

    template: str
    context: Mapping[str, Any]
    role: Role | None = "teacher"
    section: Section = "evaluations"
    notice: Notice | None = None

    def chrome(self, locale: Locale) -> Chrome:
        """The page frame for this role."""
        names: Mapping[Role, str] = {
            "pupil": "Sanne de Wit",
            "teacher": "Karim Bouzidi",
            "admin": "Els Mulder",
        }
        user = None if self.role is None else Principal(3, 1, self.role, names[self.role], locale, "00")
        return Chrome(user, "token" if user else "", self.notice, self.section)
