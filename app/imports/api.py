"""HTTP: import a file with feedback or people, and undo an import."""

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body, FromPath, Parameter
from msgspec import Meta

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.imports import schemas, service
from app.imports.parsing.decode import MAX_BYTES
from app.imports.preview import Upload
from app.imports.schemas import ImportOut

FORM_ROOM = 64 * 1024
"""Bytes that the form may need around the file."""

DryRun = Annotated[bool, Parameter(description="Say what was understood, and write nothing.")]


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The fields of the multipart form."""

    file: UploadFile
    title: Annotated[str, Meta(description="Of the new evaluation; not needed for people only.")] = ""
    course: str = ""
    evaluation_id: Annotated[int | None, Meta(description="Extend this evaluation instead.")] = None


Form = Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)]


class ImportsApi(Controller):
    """Imports of files."""

    path = "/api/v1/evaluations"
    tags = ("Evaluations",)

    @post(
        "/import",
        guards=[requires("teacher", "admin")],
        summary="Import a file with feedback or people",
        request_max_body_size=MAX_BYTES + FORM_ROOM,
        responses={200: ResponseSpec(ImportOut, description="A dry run: what was understood.")},
    )
    async def import_file(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        data: Form,
        dry_run: DryRun = False,
    ) -> Response[ImportOut]:
        """Makes an evaluation or extends one; there, the same file again changes nothing. A dry run: 200."""
        content = await data.file.read()
        upload = Upload(content, data.file.filename, data.title, data.course, data.evaluation_id)
        if dry_run:
            found = await service.dry_run(uow.session, user, upload)
            return Response(schemas.examined(found), status_code=200)
        return Response(schemas.imported(await service.import_now(uow, user, upload)), status_code=201)

    @post(
        "/imports/{import_id:int}/undo",
        guards=[requires("teacher", "admin")],
        status_code=200,
        summary="Undo an import",
    )
    async def undo(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], import_id: FromPath[int]
    ) -> ImportOut:
        """Takes back what it made and puts back what it replaced; 409 when something later rests on it."""
        return schemas.imported(await service.undo(uow, user, import_id))
