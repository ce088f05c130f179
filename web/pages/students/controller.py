"""Pages: one pupil in an evaluation. The pupil reads; the teacher checks, edits, approves and releases."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import QUEUES_ONE, requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.summaries import review, service
from app.summaries.schemas import QueueBody
from web.deps import AnyRequest
from web.pages.shared.responses import RenderPage, redirect
from web.pages.students import review_page, student_page
from web.pages.students.form import sentence_texts

TEACHER = requires("teacher", "admin")


def _page(evaluation_id: int, student_id: int) -> str:
    return f"/evaluations/{evaluation_id}/students/{student_id}"


class StudentPages(Controller):
    """A pupil's summary."""

    path = "/evaluations/{evaluation_id:int}/students/{student_id:int}"

    @get("/", guards=[requires()])
    async def show(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Response[str]:
        """The own page for the pupil, the summary beside its sources for a teacher."""
        if user.is_staff:
            view = await review_page.load(session, user, evaluation_id, student_id)
            return render_page("pages/students/review.html", "evaluations", view=view)
        own = await student_page.load(session, user, evaluation_id, student_id)
        return render_page("pages/students/show.html", "evaluations", view=own)

    @post("/queue", guards=[requires()], opt=QUEUES_ONE)
    async def queue(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Make the summary; somebody waits for it, so it goes first."""
        await service.queue_for_student(uow, user, evaluation_id, student_id, QueueBody(priority="high"))
        return redirect(_page(evaluation_id, student_id))

    @post("/regenerate", guards=[TEACHER], opt=QUEUES_ONE)
    async def regenerate(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Make it again, whatever is stored."""
        body = QueueBody(priority="high", force=True)
        await service.queue_for_student(uow, user, evaluation_id, student_id, body)
        return redirect(_page(evaluation_id, student_id))

    @post("/approve", guards=[TEACHER])
    async def approve(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """A teacher stands behind it."""
        await review.approve(uow, user, evaluation_id, student_id)
        return redirect(_page(evaluation_id, student_id), "approved")

    @post("/release", guards=[TEACHER])
    async def release(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Let the pupil read it."""
        count = await review.release(uow, user, evaluation_id, [student_id])
        return redirect(_page(evaluation_id, student_id), "released", count)

    @post("/edit", guards=[TEACHER])
    async def edit(
        self,
        request: AnyRequest,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Put own words in place of sentences."""
        texts = sentence_texts(await request.form())
        await review.edit(uow, user, evaluation_id, student_id, texts)
        return redirect(_page(evaluation_id, student_id), "saved")

    @post("/dispute", guards=[requires("pupil")])
    async def dispute(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """The pupil does not recognise it."""
        await review.dispute(uow, user, evaluation_id, student_id)
        return redirect(_page(evaluation_id, student_id), "disputed")

    @post("/authors", guards=[TEACHER], status_code=200)
    async def authors(
        self,
        render_page: NamedDependency[RenderPage],
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Response[str]:
        """Who wrote what, this once. A POST that draws a page: a GET would show names without a trace."""
        names = await review_page.read_authors(uow, user, evaluation_id, student_id)
        view = await review_page.load(uow.session, user, evaluation_id, student_id, names)
        return render_page("pages/students/review.html", "evaluations", view=view)
