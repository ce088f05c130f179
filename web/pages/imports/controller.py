"""Pages to import a file, with a preview before anything is written, and an undo."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.errors import BadInput
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.imports import service
from app.imports.parsing.decode import MAX_BYTES
from app.imports.preview import Upload
from web.pages.imports.form import MAX_FORM_OVERHEAD_BYTES, UploadForm
from web.pages.imports.presenters import import_items, import_page, refusal_text
from web.pages.shared.responses import RenderPage, redirect

INDEX = "pages/imports/index.html"
SHOW = "pages/imports/show.html"


class ImportPages(Controller):
    """The imports of a school, for its staff."""

    path = "/imports"
    guards = (requires("teacher", "admin"),)

    @get("/")
    async def index(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
    ) -> Response[str]:
        """The form, and the imports so far."""
        items = import_items(await service.list_runs(session, user))
        return render_page(INDEX, "imports", items=items, problem=None, title="", course="")

    @post("/", request_max_body_size=MAX_BYTES + MAX_FORM_OVERHEAD_BYTES)
    async def upload(
        self,
        data: UploadForm,
        render_page: NamedDependency[RenderPage],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
    ) -> Response[str] | Redirect:
        """Read the file and go to its preview, or show the form again with the reason why not."""
        upload = Upload(await data.file.read(), data.file.filename, data.title, data.course)
        try:
            async with units() as uow:
                run = await service.preview(uow, user, upload)
        except BadInput as fault:
            async with units() as uow:
                items = import_items(await service.list_runs(uow.session, user))
            return render_page(
                INDEX,
                "imports",
                status=fault.status,
                items=items,
                problem=refusal_text(fault, locale),
                title=data.title,
                course=data.course,
            )
        return redirect(f"/imports/{run.id}")

    @get("/{run_id:int}")
    async def show(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
        run_id: FromPath[int],
    ) -> Response[str]:
        """An import: its preview, or what became of it."""
        run = await service.visible_run(session, user, run_id)
        return render_page(SHOW, "imports", view=import_page(run, locale))

    @post("/{run_id:int}/apply")
    async def apply(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], run_id: FromPath[int]
    ) -> Redirect:
        """Write what the preview showed."""
        await service.apply(uow, user, run_id)
        return redirect(f"/imports/{run_id}", "imported")

    @post("/{run_id:int}/undo")
    async def undo(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], run_id: FromPath[int]
    ) -> Redirect:
        """Remove what the import made."""
        await service.undo(uow, user, run_id)
        return redirect(f"/imports/{run_id}", "undone")
