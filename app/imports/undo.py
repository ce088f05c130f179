"""Taking an import back: exactly what it made goes, what it replaced returns, or nothing happens at all."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import bulk_writes as people_writes
from app.core.errors import Conflict
from app.evaluations import access_repository, bulk_writes
from app.evaluations.read_models import EvaluationFacts
from app.imports import repository as import_repository
from app.imports.apply import Made
from app.imports.models import ImportRun

PEOPLE_AT_ONCE = 100
"""For each person PostgreSQL looks through all jobs and audit events for references: 14 ms beside 100,000
jobs. Six hundred people in one statement would come near the limit of ten seconds."""


async def take_back(session: AsyncSession, run: ImportRun) -> None:
    """Undo an applied run, whose row and school the caller has locked.

    Raises Conflict when a later import or a released evaluation rests on it, or when people that it
    made have got a login or a place elsewhere since.
    """
    made = Made(**run.created)
    await _check_nothing_rests_on(session, run, made)
    if made.evaluation is not None:
        await bulk_writes.remove_evaluation(session, run.school_id, made.evaluation)
    elif run.evaluation_id is not None:
        await _restore_evaluation(session, run, run.evaluation_id, made)
    for start in range(0, len(made.users), PEOPLE_AT_ONCE):
        some = made.users[start : start + PEOPLE_AT_ONCE]
        await people_writes.remove_students(session, run.school_id, some)
    if made.completed:
        await people_writes.undo_completions(session, run.school_id, made.completed)


async def _check_nothing_rests_on(session: AsyncSession, run: ImportRun, made: Made) -> None:
    evaluation = await _evaluation(session, run)
    if evaluation is not None:
        if await import_repository.later_run_exists(session, evaluation.id, run):
            raise Conflict("A later import went into the same evaluation; undo that one first.")
        if evaluation.state == "released":
            raise Conflict("This evaluation has been released; reopen it before undoing the import.")
    if made.users:
        used = await import_repository.people_in_use(session, run.school_id, made.users, run.evaluation_id)
        if used:
            raise Conflict(
                f"{used} of the people that this import added can log in or take part in another "
                "evaluation by now, so it cannot be undone."
            )


async def _evaluation(session: AsyncSession, run: ImportRun) -> EvaluationFacts | None:
    if run.evaluation_id is None:
        return None
    return await access_repository.evaluation(session, run.school_id, run.evaluation_id)


async def _restore_evaluation(session: AsyncSession, run: ImportRun, evaluation_id: int, made: Made) -> None:
    """1. Old texts back, under their old run. 2. What this run still owns goes. 3. Places. 4. Counts."""
    retold = {row["reviewee_id"] for row in made.replaced}
    if made.replaced:
        await bulk_writes.change_entries(session, evaluation_id, made.replaced)
    retold |= await bulk_writes.remove_entries_of_run(session, evaluation_id, run.id)
    if made.participants:
        await bulk_writes.remove_participants(session, evaluation_id, made.participants)
    if made.moved:
        await bulk_writes.move_participants(session, evaluation_id, made.moved)
    if made.teams:
        await bulk_writes.remove_teams(session, evaluation_id, made.teams)
    if made.criteria:
        await bulk_writes.remove_criteria(session, evaluation_id, made.criteria)
    await bulk_writes.recount_feedback(session, evaluation_id)
    if retold:
        await bulk_writes.raise_revisions(session, evaluation_id, sorted(retold))
