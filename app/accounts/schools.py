"""Schools: adding one, and finding one."""

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import schools_repository
from app.accounts.models import School
from app.audit.actions import Action
from app.audit.service import CommandLine, note
from app.core.errors import BadInput, Conflict, NotFound
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


async def create(
    uow: UnitOfWork, *, slug: str, name: str, time_zone: str = "Europe/Amsterdam", locale: Locale = "nl"
) -> School:
    """Add a school and return it; only the command line does. `slug` is its short name, unique over all.

    Raises BadInput for a slug, name or time zone that cannot be used, and Conflict for a slug in use.
    """
    if not _SLUG.fullmatch(slug):
        raise BadInput("A short name has a-z, 0-9 and hyphens, at most 63.", field="slug")
    if not name.strip():
        raise BadInput("Give the school a name.", field="name")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise BadInput(
            "The time zone is not known; an example is Europe/Amsterdam.", field="time_zone"
        ) from fault
    if await schools_repository.by_slug(uow.session, slug) is not None:
        raise Conflict("There is a school with this short name already.", field="slug")
    school = School(slug=slug, name=name.strip(), time_zone=time_zone, locale=locale)
    uow.session.add(school)
    await uow.session.flush()
    note(uow, CommandLine(school.id), Action.SCHOOL_ADDED, ("school", school.id))
    return school


async def list_all(session: AsyncSession) -> Sequence[School]:
    """All schools, by short name. For the command line only: a page never shows another school."""
    return await schools_repository.list_all(session)


async def find(session: AsyncSession, slug: str) -> School:
    """The school of this short name. Raises NotFound."""
    school = await schools_repository.by_slug(session, slug)
    if school is None:
        raise NotFound("There is no school with this short name.", field="slug")
    return school


async def get(session: AsyncSession, school_id: int) -> School:
    """The school of a logged-in user or of a row that refers to it."""
    return await schools_repository.get(session, school_id)
