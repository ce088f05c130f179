"""The class page: its rows, filtered and paged, and what its forms mean."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.errors import Conflict, Forbidden
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access
from app.jobs.sql import reads
from app.summaries import class_status, repository, service
from web.pages.shared import presenters
from web.pages.shared.views import BatchPage, Preflight, RowFilter, StudentRow

ROWS = 40
"""Pupils on one page: a class, and within the weight that PRODUCT.md allows."""


def _everyone(_: StudentRow) -> bool:
    return True


def _is_live(row: StudentRow) -> bool:
    return row.job is not None and row.job.live


def _asks_attention(row: StudentRow) -> bool:
    failed = row.job is not None and row.job.status == "failed"
    return failed or (row.summary is not None and (row.summary.disputed or row.summary.flags > 0))


SHOWN: Mapping[str, Callable[[StudentRow], bool]] = {
    "live": _is_live,
    "attention": _asks_attention,
    "ready": lambda row: row.readiness == "ready" and not _is_live(row),
    "stale": lambda row: row.readiness == "stale",
    "done": lambda row: row.readiness == "up_to_date" and not _is_live(row),
    "too_little": lambda row: row.readiness == "too_little",
}
"""What the filter of the page can show, by the value in the address; anything else shows everyone."""


async def load(session: AsyncSession, user: Principal, evaluation_id: int, chosen: RowFilter) -> BatchPage:
    """The page of a class. Raises Forbidden, NotFound."""
    found = await class_status.class_overview(session, user, evaluation_id)
    least = found.evaluation.min_reviewers
    rows = [presenters.student_row(row, least) for row in found.rows]
    matching = matching_rows(rows, chosen)
    pages = max(1, -(-len(matching) // ROWS))
    page = min(chosen.page, pages)
    pace = await reads.pace(session)
    start = class_status.preflight(found.rows, least)
    return BatchPage(
        evaluation=presenters.head(found.evaluation),
        preflight=Preflight(
            ready=start.ready - start.stale,
            stale=start.stale,
            up_to_date=start.up_to_date,
            too_little=start.too_little,
            eta_seconds=presenters.eta_of(start.ready, pace),
        ),
        counts=presenters.counts(await repository.class_counts(session, evaluation_id), pace),
        rows=tuple(matching[(page - 1) * ROWS : page * ROWS]),
        filter=RowFilter(chosen.q, chosen.show if chosen.show in SHOWN else "", page),
        address=address(evaluation_id, chosen, page),
        pages=pages,
        previous=address(evaluation_id, chosen, page - 1) if page > 1 else None,
        following=address(evaluation_id, chosen, page + 1) if page < pages else None,
        may_read=await _may_read(session, user, evaluation_id),
        model_away=any(_waits_for_model(row) for row in rows),
    )


async def _may_read(session: AsyncSession, user: Principal, evaluation_id: int) -> bool:
    """Whether the names lead to comments: not for an administrator who does not teach here."""
    try:
        await access.commented_evaluation(session, user, evaluation_id)
    except Forbidden:
        return False
    return True


def _waits_for_model(row: StudentRow) -> bool:
    return row.job is not None and row.job.live and row.job.state.error_code == "model_unreachable"


def matching_rows(rows: Sequence[StudentRow], chosen: RowFilter) -> list[StudentRow]:
    """Those that the search and the filter leave; a search looks at names and teams, whatever the case."""
    wanted = chosen.q.casefold()
    shown = SHOWN.get(chosen.show, _everyone)
    return [row for row in rows if shown(row) and wanted in f"{row.name} {row.team}".casefold()]


def address(evaluation_id: int, chosen: RowFilter, page: int) -> str:
    """The address of a page of this search."""
    given = {"q": chosen.q, "show": chosen.show, "page": str(page) if page > 1 else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/evaluations/{evaluation_id}" + (f"?{query}" if query else "")


async def to_do(session: AsyncSession, user: Principal, evaluation_id: int) -> list[int]:
    """The pupils that a start for all means: enough feedback, and nothing or something stale stored.

    Raises Forbidden, NotFound.
    """
    found = await class_status.class_overview(session, user, evaluation_id)
    rows = [presenters.student_row(row, found.evaluation.min_reviewers) for row in found.rows]
    return [row.student_id for row in rows if row.readiness in {"ready", "stale"} and not _is_live(row)]


async def approved(session: AsyncSession, user: Principal, evaluation_id: int) -> list[int]:
    """The pupils whose summary is approved and not released yet. Raises Forbidden, NotFound."""
    found = await class_status.class_overview(session, user, evaluation_id)
    return [
        row.participant.student_id
        for row in found.rows
        if row.summary is not None and row.summary.state == "approved"
    ]


async def cancel(uow: UnitOfWork, user: Principal, evaluation_id: int, students: Sequence[int]) -> int:
    """Cancel what these pupils have waiting or running; what ended meanwhile stays. Returns how many.

    Raises Forbidden, NotFound.
    """
    await access.managed_evaluation(uow.session, user, evaluation_id)
    live = await reads.live(uow.session, evaluation_id, students)
    count = 0
    for job in live.values():
        try:
            await service.cancel_job(uow, user, job.id)
        except Conflict:
            continue
        count += 1
    return count
