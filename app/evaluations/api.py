"""HTTP: list evaluations, change their policy, import and undo. A single one is shown in summaries/api.py."""

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, Response, get, patch, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body, FromPath, JSONBody, Parameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.evaluations import import_service, schemas, service
from app.evaluations.import_examine import Upload
from app.evaluations.imports.decode import MAX_BYTES
from app.evaluations.schemas import EvaluationList, EvaluationPatch, EvaluationPolicy, ImportOut

FORM_ROOM = 64 * 1024
"""Bytes that the form may need around the file."""

Limit = Annotated[int, Parameter(ge=1, le=service.PAGE_SIZE, description="How many at most.")]
Cursor = Annotated[str | None, Parameter(description="`next_cursor` of the page before.")]
DryRun = Annotated[bool, Parameter(description="Say what was understood, and write nothing.")]


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The fields of the multipart form."""

    file: UploadFile
    title: Annotated[str, Meta(description="Of the new evaluation; not needed for people only.")] = ""
    course: str = ""
    evaluation_id: Annotated[int | None, Meta(description="Extend this evaluation instead.")] = None


Form = Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)]


class EvaluationsApi(Controller):
    """Evaluations and imports."""

    path = "/api/v1/evaluations"
    tags = ("Evaluations",)

    @get("/", guards=[requires()], summary="Evaluations that the caller may see")
    async def list_evaluations(
        self,
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        limit: Limit = service.PAGE_SIZE,
        cursor: Cursor = None,
    ) -> EvaluationList:
        """Pupils: those they take part in. Teachers: those they are named on. Admins: the school's."""
        page = await service.list_evaluations(session, user, limit=limit, cursor=cursor)
        return schemas.listed(page)

    @patch(
        "/{evaluation_id:int}",
        guards=[requires("teacher", "admin")],
        summary="Change title, state or policy",
    )
    async def change(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        data: JSONBody[EvaluationPatch],
    ) -> EvaluationPolicy:
        """A new `min_reviewers` makes every summary of the evaluation stale."""
        return schemas.policy(await service.change(uow, user, evaluation_id, data.as_change()))

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
            found = await import_service.dry_run(uow.session, user, upload)
            return Response(schemas.examined(found), status_code=200)
        return Response(schemas.imported(await import_service.import_now(uow, user, upload)), status_code=201)

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
        return schemas.imported(await import_service.undo(uow, user, import_id))
