"""Imports as people see them: preview, apply, undo, and the list of those that were."""

from datetime import timedelta

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.audit.actions import Action
from app.audit.service import Actor, note
from app.core.errors import BadInput, Conflict, Forbidden, NotFound
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access
from app.imports import repository
from app.imports import undo as import_undo
from app.imports.apply import write
from app.imports.models import ImportRun
from app.imports.preview import Examination, Upload, examine

PREVIEW_KEPT = timedelta(days=1)
"""How long a file waits to be confirmed before it is thrown away."""
MOST_RUNS = 50
FILE_NAME_WIDTH = 255


async def dry_run(session: AsyncSession, user: Principal, upload: Upload) -> Examination:
    """What an import would do; writes nothing. Raises as `examine` does."""
    _staff_only(user)
    return await examine(session, user, upload)


async def preview(uow: UnitOfWork, user: Principal, upload: Upload) -> ImportRun:
    """Keep a file and what was understood of it, to be applied when somebody has looked at it.

    Raises as `examine` does.
    """
    _staff_only(user)
    found = await examine(uow.session, user, upload)
    await repository.forget_previews(uow.session, user.school_id, PREVIEW_KEPT)
    run = _record(user, upload, found)
    run.payload = upload.data
    uow.session.add(run)
    await uow.session.flush()
    return run


async def forget_old_previews(uow: UnitOfWork) -> None:
    """The upkeep's part: files that were never confirmed, also of schools that import nothing more."""
    await repository.forget_previews(uow.session, None, PREVIEW_KEPT)


async def apply(uow: UnitOfWork, user: Principal, run_id: int) -> ImportRun:
    """Write what a preview showed. The file is read and compared anew, for the school may have changed since.

    Raises Conflict when the run is applied, undone, or being applied at this moment; NotFound.
    """
    _staff_only(user)
    run = await _claim(uow.session, user, run_id)
    if run.state != "previewed" or run.payload is None:
        raise Conflict("This import has been applied already; upload the file again to repeat it.")
    upload = Upload(run.payload, run.file_name, run.title, run.course, run.evaluation_id)
    found = await examine(uow.session, user, upload, lock=True)
    return await _write(uow, user, run, found)


async def import_now(
    uow: UnitOfWork, user: Principal, upload: Upload, actor: Actor | None = None
) -> ImportRun:
    """Read and write in one go, for the command line and the API. Raises as `examine` does, and Conflict.

    `actor`: who the audit event names, when that is not the user.
    """
    _staff_only(user)
    found = await examine(uow.session, user, upload, lock=True)
    run = _record(user, upload, found)
    uow.session.add(run)
    await uow.session.flush()
    return await _write(uow, user, run, found, actor)


async def undo(uow: UnitOfWork, user: Principal, run_id: int) -> ImportRun:
    """Take back what an import made, and put back what it replaced.

    Raises Conflict with a sentence when something later rests on it, when it is not applied, or when
    somebody else is at it; Forbidden, NotFound.
    """
    _staff_only(user)
    run = await _claim(uow.session, user, run_id)
    if run.state != "applied":
        raise Conflict("Only an import that has been applied can be undone.")
    if run.evaluation_id is not None:
        await access.managed_evaluation(uow.session, user, run.evaluation_id)
    await repository.school_facts(uow.session, user.school_id, lock=True)
    await import_undo.take_back(uow.session, run)
    run.state, run.created, run.undone_at = "undone", {}, func.now()
    note(uow, user, Action.IMPORT_UNDONE, ("import", run.id))
    await uow.session.flush()
    await uow.session.refresh(run)
    return run


async def visible_run(session: AsyncSession, user: Principal, run_id: int) -> ImportRun:
    """An import: the own one, for admins any of the school. Raises NotFound."""
    run = await repository.run(session, user.school_id, run_id)
    return _allowed(user, run)


async def list_runs(session: AsyncSession, user: Principal) -> list[ImportRun]:
    """The latest imports that this person may see, newest first, without the files."""
    _staff_only(user)
    own = None if user.role == "admin" else user.user_id
    return await repository.runs(session, user.school_id, created_by=own, limit=MOST_RUNS)


def _staff_only(user: Principal) -> None:
    if not user.is_staff:
        raise Forbidden("Only teachers and administrators can import.")


def _allowed(user: Principal, run: ImportRun | None) -> ImportRun:
    if run is None or (user.role != "admin" and run.created_by != user.user_id):
        raise NotFound("There is no such import.")
    return run


async def _claim(session: AsyncSession, user: Principal, run_id: int) -> ImportRun:
    """Lock the run. Of two at the same moment one wins, and the other is told rather than kept waiting."""
    _allowed(user, await repository.run(session, user.school_id, run_id))
    run = await repository.claim_run(session, user.school_id, run_id)
    if run is None:
        raise Conflict("Somebody else is busy with this import at this moment; look again in a minute.")
    return run


def _record(user: Principal, upload: Upload, found: Examination) -> ImportRun:
    return ImportRun(
        school_id=user.school_id,
        evaluation_id=upload.evaluation_id,
        created_by=user.user_id,
        file_name=upload.file_name[-FILE_NAME_WIDTH:].replace("\0", ""),
        format=found.understood.format,
        title=found.title,
        course=found.course,
        counts=found.counts(),
        problems=found.problems_as_dicts(),
    )


async def _write(
    uow: UnitOfWork, user: Principal, run: ImportRun, found: Examination, actor: Actor | None = None
) -> ImportRun:
    if not found.ids:
        raise BadInput("Nothing in this file can be used; see its problems.", field="file")
    evaluation_id, made = await write(uow.session, user, found, run.id)
    run.state, run.payload, run.applied_at = "applied", None, func.clock_timestamp()
    run.evaluation_id = evaluation_id or None
    run.counts, run.problems, run.created = found.counts(), found.problems_as_dicts(), made.as_json()
    note(uow, actor or user, Action.IMPORT_APPLIED, ("import", run.id))
    await uow.session.flush()
    await uow.session.refresh(run)
    return run
