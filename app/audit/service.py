"""Writing the audit trail, and how much of it is deleted when it is old."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from app.audit import repository
from app.audit.actions import Action, SubjectKind
from app.audit.models import AuditEvent
from app.core.unit_of_work import UnitOfWork

MAX_DELETED_ROWS = 1000
"""Rows that one run of the upkeep deletes at most."""

Value = int | str | None
Detail = Value | Sequence[Value]
"""Ids, numbers, and words of a closed set such as a policy's values. A list is a list of those."""

Subject = tuple[SubjectKind, int | str]
"""What something was done to: its kind and its id."""

_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class Actor(Protocol):
    """Whoever acts, and the school it is done at. A Principal is one."""

    @property
    def school_id(self) -> int:
        """The school that the event belongs to."""

    @property
    def user_id(self) -> int | None:
        """The user who acts; None for the command line."""


@dataclass(frozen=True, slots=True)
class UserActor:
    """A user whose Principal the caller does not have."""

    school_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Somebody with a shell on the server; which person that is, the operating system knows."""

    school_id: int

    @property
    def user_id(self) -> None:
        """No user."""
        return


def note(uow: UnitOfWork, actor: Actor, action: Action, subject: Subject, **detail: Detail) -> None:
    """Write that `actor` did `action` to `subject`, in the transaction of the action itself.

    `detail` holds ids and numbers, never a name, a comment or any other text
    that somebody typed. Raises ValueError for a value that is not a single word, a programming error.
    """
    values: dict[str, object] = {name: _checked(name, value) for name, value in detail.items()}
    if isinstance(actor, CommandLine):
        values["via"] = "cli"
    kind, key = subject
    uow.session.add(
        AuditEvent(
            school_id=actor.school_id,
            actor_id=actor.user_id,
            action=action,
            subject=f"{kind}:{_checked('subject', key)}",
            detail=values,
        )
    )


def _checked(name: str, value: Detail) -> object:
    if isinstance(value, str):
        if not _WORD.fullmatch(value):
            raise ValueError(f"the detail {name!r} of an audit event is a text")
        return value
    if isinstance(value, Sequence):
        return [_checked(name, one) for one in value]
    return value


async def delete_old(uow: UnitOfWork, days: int) -> None:
    """Delete up to MAX_DELETED_ROWS events that are older than this many days."""
    await repository.delete_old(uow.session, timedelta(days=days), MAX_DELETED_ROWS)
