"""Pages of one student in an evaluation: the student reads; the teacher checks, edits and releases."""

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
from web.pages.shared.forms import Form
from web.pages.shared.responses import RenderPage, redirect
from web.pages.students import review_page, student_page
from web.pages.students.form import sentence_texts

TEACHER = requires("teacher", "admin")


def _address(evaluation_id: int, student_id: int) -> str:
    return f"/evaluations/{evaluation_id}/students/{student_id}"


class StudentPages(Controller):
    """A student's summary."""

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
        """For the student: the own page. For a teacher: the summary beside its sources."""
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
        """Queue the summary, with high priority because somebody waits for it."""
        await service.queue_for_student(uow, user, evaluation_id, student_id, QueueBody(priority="high"))
        return redirect(_address(evaluation_id, student_id))

    @post("/regenerate", guards=[TEACHER], opt=QUEUES_ONE)
    async def regenerate(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Queue the summary again, even if the stored one is up to date."""
        body = QueueBody(priority="high", force=True)
        await service.queue_for_student(uow, user, evaluation_id, student_id, body)
        return redirect(_address(evaluation_id, student_id))

    @post("/approve", guards=[TEACHER])
    async def approve(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Approve the summary."""
        await review.approve(uow, user, evaluation_id, student_id)
        return redirect(_address(evaluation_id, student_id), "approved")

    @post("/release", guards=[TEACHER])
    async def release(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Let the student read the summary."""
        count = await review.release(uow, user, evaluation_id, [student_id])
        return redirect(_address(evaluation_id, student_id), "released", count)

    @post("/hold", guards=[TEACHER])
    async def hold(
        self,
        data: Form,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """End the hold: the student reads the text, or it stays a draft."""
        use = data.get("use") == "yes"
        await review.end_hold(uow, user, evaluation_id, student_id, use=use)
        return redirect(_address(evaluation_id, student_id), "hold_used" if use else "hold_unused")

    @post("/beside", guards=[TEACHER])
    async def beside(
        self,
        data: Form,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Choose between the current text and the newer one that waits beside it."""
        await review.choose(uow, user, evaluation_id, student_id, use=data.get("use") == "yes")
        return redirect(_address(evaluation_id, student_id), "chosen")

    @post("/edit", guards=[TEACHER])
    async def edit(
        self,
        request: AnyRequest,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Replace the text of sentences."""
        texts = sentence_texts(await request.form())
        await review.edit(uow, user, evaluation_id, student_id, texts)
        return redirect(_address(evaluation_id, student_id), "saved")

    @post("/dispute", guards=[requires("pupil")])
    async def dispute(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Redirect:
        """Note that the student does not recognise the summary."""
        await review.dispute(uow, user, evaluation_id, student_id)
        return redirect(_address(evaluation_id, student_id), "disputed")

    @post("/authors", guards=[TEACHER], status_code=200)
    async def authors(
        self,
        render_page: NamedDependency[RenderPage],
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Response[str]:
        """The page with the authors of the comments, shown once.

        This is a POST because showing the names is written to the audit log.
        """
        authors = await review_page.read_authors(uow, user, evaluation_id, student_id)
        view = await review_page.load(uow.session, user, evaluation_id, student_id, authors)
        return render_page("pages/students/review.html", "evaluations", view=view)
