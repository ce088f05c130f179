"""How long audit events are kept."""

from datetime import timedelta

from app.audit import repository
from app.core.unit_of_work import UnitOfWork

MAX_DELETED_ROWS = 1000
"""Rows that one run of the upkeep deletes at most."""


async def delete_old(uow: UnitOfWork, days: int) -> None:
    """Delete up to MAX_DELETED_ROWS events that are older than this many days."""
    await repository.delete_old(uow.session, timedelta(days=days), MAX_DELETED_ROWS)
