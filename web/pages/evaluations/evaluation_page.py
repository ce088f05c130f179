"""A teacher's page of an evaluation: its rows, filtered and paged, and what its forms mean."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.errors import Conflict
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access
from app.jobs.sql import reads
from app.summaries import class_status, repository, service
from app.summaries.orders import subject_keys
from app.tasks import SUMMARY
from web.pages.evaluations.presenters import eta_of_jobs, evaluation_counts, student_row
from web.pages.evaluations.view import EvaluationPage, Preflight, RowFilter, StudentRow
from web.pages.shared.presenters import evaluation_head

ROWS_PER_PAGE = 40
"""A whole class, within the weight that PRODUCT.md allows a page."""


def _is_anyone(_: StudentRow) -> bool:
    return True


def _is_unfinished(row: StudentRow) -> bool:
    return row.job is not None and row.job.unfinished


def _needs_attention(row: StudentRow) -> bool:
    failed = row.job is not None and row.job.status == "failed"
    return failed or (row.summary is not None and (row.summary.disputed or row.summary.flags > 0))


FILTERS: Mapping[str, Callable[[StudentRow], bool]] = {
    "live": _is_unfinished,
    "attention": _needs_attention,
    "ready": lambda row: row.readiness == "ready" and not _is_unfinished(row),
    "stale": lambda row: row.readiness == "stale",
    "done": lambda row: row.readiness == "up_to_date" and not _is_unfinished(row),
    "too_little": lambda row: row.readiness == "too_little",
}
"""What the page can be limited to, by the value in its address. Any other value shows everyone."""


async def load(
    session: AsyncSession, user: Principal, evaluation_id: int, chosen: RowFilter
) -> EvaluationPage:
    """The page of an evaluation. Raises Forbidden, NotFound."""
    found = await class_status.class_overview(session, user, evaluation_id)
    min_reviewers = found.evaluation.min_reviewers
    rows = [student_row(row, min_reviewers) for row in found.rows]
    matching = matching_rows(rows, chosen)
    pages = max(1, -(-len(matching) // ROWS_PER_PAGE))
    page = min(chosen.page, pages)
    pace = await reads.pace(session)
    start = class_status.preflight(found.rows, min_reviewers)
    return EvaluationPage(
        evaluation=evaluation_head(found.evaluation),
        preflight=Preflight(
            ready=start.ready - start.stale,
            stale=start.stale,
            up_to_date=start.up_to_date,
            too_little=start.too_little,
            eta_seconds=eta_of_jobs(start.ready, pace),
        ),
        counts=evaluation_counts(await repository.class_counts(session, evaluation_id), pace),
        rows=tuple(matching[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]),
        filter=RowFilter(chosen.q, chosen.show if chosen.show in FILTERS else "", page),
        address=address(evaluation_id, chosen, page),
        pages=pages,
        previous=address(evaluation_id, chosen, page - 1) if page > 1 else None,
        following=address(evaluation_id, chosen, page + 1) if page < pages else None,
        may_read=found.evaluation.teaches,
        model_away=any(_waits_for_model(row) for row in rows),
    )


def _waits_for_model(row: StudentRow) -> bool:
    return row.job is not None and row.job.unfinished and row.job.state.error_code == "model_unreachable"


def matching_rows(rows: Sequence[StudentRow], chosen: RowFilter) -> list[StudentRow]:
    """The rows that pass the search and the filter. The search looks at names and teams, in any case."""
    searched = chosen.q.casefold()
    passes = FILTERS.get(chosen.show, _is_anyone)
    return [row for row in rows if passes(row) and searched in f"{row.name} {row.team}".casefold()]


def address(evaluation_id: int, chosen: RowFilter, page: int) -> str:
    """The address of one page of this search."""
    parameters = {"q": chosen.q, "show": chosen.show, "page": str(page) if page > 1 else ""}
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"/evaluations/{evaluation_id}" + (f"?{query}" if query else "")


async def students_to_start(session: AsyncSession, user: Principal, evaluation_id: int) -> list[int]:
    """The ids of the students that a start for all queues.

    They have enough feedback, no job that waits or runs, and no summary or a stale one.
    Raises Forbidden, NotFound.
    """
    found = await class_status.class_overview(session, user, evaluation_id)
    rows = [student_row(row, found.evaluation.min_reviewers) for row in found.rows]
    return [row.student_id for row in rows if row.readiness in {"ready", "stale"} and not _is_unfinished(row)]


async def students_to_release(session: AsyncSession, user: Principal, evaluation_id: int) -> list[int]:
    """The ids of the students whose summary is approved and not yet released. Raises Forbidden, NotFound."""
    found = await class_status.class_overview(session, user, evaluation_id)
    return [
        row.participant.student_id
        for row in found.rows
        if row.summary is not None and row.summary.state == "approved"
    ]


async def cancel(uow: UnitOfWork, user: Principal, evaluation_id: int, student_ids: Sequence[int]) -> int:
    """Cancel the jobs of these students that wait or run; returns how many.

    A job that ended in the meantime stays as it is. Raises Forbidden, NotFound.
    """
    await access.managed_evaluation(uow.session, user, evaluation_id)
    unfinished = await reads.unfinished(uow.session, SUMMARY, subject_keys(evaluation_id, student_ids))
    count = 0
    for job in unfinished.values():
        try:
            await service.cancel_job(uow, user, job.id)
        except Conflict:
            continue
        count += 1
    return count
