"""HTTP: list evaluations and change their policy. A single one is shown in summaries/api.py."""

from typing import Annotated

from litestar import Controller, get, patch
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access, schemas, service
from app.evaluations.schemas import EvaluationList, EvaluationPatch, EvaluationPolicy

Limit = Annotated[int, Parameter(ge=1, le=service.PAGE_SIZE, description="How many at most.")]
Cursor = Annotated[str | None, Parameter(description="`next_cursor` of the page before.")]


class EvaluationsApi(Controller):
    """Evaluations and their policy."""

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
        evaluation = await access.managed_evaluation(uow.session, user, evaluation_id)
        return schemas.policy(await service.change(uow, evaluation, data.as_change()))
