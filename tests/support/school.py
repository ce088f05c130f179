"""The cast on a fresh database, and shorthands for calling services in a transaction of their own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWorkFactory
from app.imports import service
from app.imports.models import ImportRun
from app.imports.preview import Upload
from app.settings import Settings
from tests.support.cast import Cast, make_cast
from tests.support.web import open_units


@dataclass(frozen=True, slots=True)
class School:
    """The database of one test."""

    units: UnitOfWorkFactory
    cast: Cast

    async def value(self, sql: str, **parameters: object) -> object:
        """The first value of the first row."""
        async with self.units() as uow:
            return (await uow.session.execute(text(sql), parameters)).scalar()

    async def rows(self, sql: str, **parameters: object) -> list[tuple[object, ...]]:
        """All rows."""
        async with self.units() as uow:
            return [tuple(row) for row in await uow.session.execute(text(sql), parameters)]

    async def run(self, sql: str, **parameters: object) -> None:
        """A statement."""
        async with self.units() as uow:
            await uow.session.execute(text(sql), parameters)

    async def import_now(
        self, data: str, *, user: Principal | None = None, title: str = "", evaluation_id: int | None = None
    ) -> ImportRun:
        """Import a text as the owner, or as somebody else."""
        upload = Upload(data.encode(), "bestand.csv", title, "", evaluation_id)
        async with self.units() as uow:
            return await service.import_now(uow, user or self.cast.owner.principal, upload)

    async def preview(self, data: str, *, title: str = "", evaluation_id: int | None = None) -> ImportRun:
        """Preview a text as the owner."""
        upload = Upload(data.encode(), "bestand.csv", title, "", evaluation_id)
        async with self.units() as uow:
            return await service.preview(uow, self.cast.owner.principal, upload)

    async def apply(self, run_id: int) -> ImportRun:
        """Apply a preview as the owner."""
        async with self.units() as uow:
            return await service.apply(uow, self.cast.owner.principal, run_id)

    async def undo(self, run_id: int, user: Principal | None = None) -> ImportRun:
        """Undo as the owner, or as somebody else."""
        async with self.units() as uow:
            return await service.undo(uow, user or self.cast.owner.principal, run_id)

    async def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All that an import may change, to compare before and after; not revisions, which only rise."""
        return {
            "people": await self.rows(
                "SELECT id, given_name, family_name, email, number, class_name, aliases "
                "FROM user_account ORDER BY id"
            ),
            "evaluations": await self.rows("SELECT id, title, course, state FROM evaluation ORDER BY id"),
            "teams": await self.rows("SELECT id, name FROM team ORDER BY id"),
            "criteria": await self.rows("SELECT id, name FROM criterion ORDER BY id"),
            "participants": await self.rows(
                "SELECT evaluation_id, student_id, team_id, feedback_count, reviewer_count "
                "FROM participant ORDER BY 1, 2"
            ),
            "entries": await self.rows(
                "SELECT id, reviewer_id, reviewee_id, criterion_id, score, comment, kind, written_at, "
                "import_run_id FROM feedback_entry ORDER BY id"
            ),
        }


@pytest.fixture
async def school(settings: Settings) -> AsyncIterator[School]:
    """A fresh database with the cast in it."""
    async with open_units(settings) as units:
        yield School(units, await make_cast(units))


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements that are sent while it is open, by whatever engine."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
