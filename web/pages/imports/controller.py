"""Pages: importing a file, with a preview before anything is written and an undo after."""

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
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
from web.pages.imports import texts
from web.pages.shared.responses import RenderPage, redirect

FORM_ROOM = 64 * 1024
"""Bytes that the form may need around the file."""


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The fields of the form; the token is checked by the guard."""

    file: UploadFile
    title: str = ""
    course: str = ""
    csrf_token: str = ""


Form = Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)]


class ImportPages(Controller):
    """Imports."""

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
        items = texts.items(await service.list_runs(session, user))
        return render_page(
            "pages/imports/index.html", "imports", items=items, problem=None, title="", course=""
        )

    @post("/", request_max_body_size=MAX_BYTES + FORM_ROOM)
    async def upload(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
        locale: NamedDependency[Locale],
    ) -> Response[str] | Redirect:
        """Keep the file and show what was understood; or say at the form why nothing could be."""
        upload = Upload(await data.file.read(), data.file.filename, data.title, data.course)
        try:
            async with units() as uow:
                run = await service.preview(uow, user, upload)
        except BadInput as fault:
            async with units() as uow:
                items = texts.items(await service.list_runs(uow.session, user))
            return render_page(
                "pages/imports/index.html",
                "imports",
                status=fault.status,
                items=items,
                problem=texts.refusal(fault, locale),
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
        """The preview, or what became of it."""
        run = await service.visible_run(session, user, run_id)
        return render_page("pages/imports/show.html", "imports", view=texts.page(run, locale))

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
        """Take back what it made."""
        await service.undo(uow, user, run_id)
        return redirect(f"/imports/{run_id}", "undone")
