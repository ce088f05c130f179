"""Pages of evaluations: the list, and a teacher's page of one with its buttons."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import QUEUES_MANY, requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.summaries import review, service
from app.summaries.schemas import BatchBody
from web.deps import AnyRequest
from web.pages.evaluations import evaluation_page, list_page
from web.pages.evaluations.form import priority, student_ids
from web.pages.evaluations.view import RowFilter
from web.pages.shared.responses import RenderPage, redirect

STAFF = requires("teacher", "admin")


class EvaluationPages(Controller):
    """The evaluations that a user may see."""

    path = "/evaluations"

    @get("/", guards=[requires()])
    async def index(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        """The list, newest first."""
        items, following = await list_page.load(session, user, cursor)
        link = f"/evaluations?cursor={following}" if following else None
        return render_page("pages/evaluations/index.html", "evaluations", items=items, next_link=link)

    @get("/{evaluation_id:int}", guards=[requires()])
    async def show(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        q: FromQuery[str] = "",
        show: FromQuery[str] = "",
        page: FromQuery[int] = 1,
    ) -> Response[str] | Redirect:
        """The page of an evaluation. A student is sent to the own page."""
        if not user.is_staff:
            return redirect(f"/evaluations/{evaluation_id}/students/{user.user_id}")
        chosen = RowFilter(q.strip()[:100], show, max(1, page))
        view = await evaluation_page.load(session, user, evaluation_id, chosen)
        return render_page("pages/evaluations/show.html", "evaluations", view=view)

    @post("/{evaluation_id:int}/queue", guards=[STAFF], opt=QUEUES_MANY)
    async def queue(
        self,
        request: AnyRequest,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
    ) -> Redirect:
        """Queue summaries for all students that a start means, or for the selected students."""
        form = await request.form()
        if "all" in form:
            chosen = await evaluation_page.students_to_start(uow.session, user, evaluation_id)
        else:
            chosen = student_ids(form)
        if not chosen:
            return redirect(f"/evaluations/{evaluation_id}", "nothing_selected")
        body = BatchBody(student_ids=chosen, priority=priority(form), force="force" in form)
        batch = await service.queue_for_class(uow, user, evaluation_id, body)
        unchanged = batch.already_queued + batch.up_to_date
        return redirect(f"/evaluations/{evaluation_id}", "queued", batch.queued, unchanged)

    @post("/{evaluation_id:int}/cancel", guards=[STAFF])
    async def cancel(
        self,
        request: AnyRequest,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
    ) -> Redirect:
        """Cancel the jobs of all students, or of the selected students."""
        form = await request.form()
        if "all" in form:
            count = await service.cancel_class(uow, user, evaluation_id)
        else:
            count = await evaluation_page.cancel(uow, user, evaluation_id, student_ids(form))
        return redirect(f"/evaluations/{evaluation_id}", "cancelled", count)

    @post("/{evaluation_id:int}/retry-failed", guards=[STAFF], opt=QUEUES_MANY)
    async def retry_failed(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], evaluation_id: FromPath[int]
    ) -> Redirect:
        """Try all failed jobs again."""
        batch = await service.retry_failed(uow, user, evaluation_id)
        return redirect(f"/evaluations/{evaluation_id}", "retried", batch.queued)

    @post("/{evaluation_id:int}/release", guards=[STAFF])
    async def release(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], evaluation_id: FromPath[int]
    ) -> Redirect:
        """Release all approved summaries."""
        approved = await evaluation_page.students_to_release(uow.session, user, evaluation_id)
        count = await review.release(uow, user, evaluation_id, approved)
        return redirect(f"/evaluations/{evaluation_id}", "released", count)
