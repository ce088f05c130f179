"""HTTP: ask for summaries, of one pupil or a class, and read what is stored."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import QUEUES_MANY, QUEUES_ONE, requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.jobs.states import State
from app.settings import Settings
from app.summaries import class_status, job_pages, service, synchronous_read
from app.summaries.presenters import job_out
from app.summaries.schemas import (
    BatchBody,
    BatchMoved,
    BatchOut,
    EvaluationOut,
    JobOut,
    JobPage,
    QueueBody,
    QuotesOut,
    SummaryOut,
)
from app.summaries.synchronous_read import JobWaiter

BASE = "/api/v1/feedback-summaries"
Limit = Annotated[int, Parameter(ge=1, le=200, description="How many jobs at most.")]

FRESH = ResponseSpec(JobOut, description="The live job, or the one whose summary is still fresh.")
STILL_AT_IT = ResponseSpec(JobOut, description="Not done within 25 seconds; `Location` is where to look.")
STORED = ResponseSpec(SummaryOut, description="The stored summary.")


async def _answer(session: AsyncSession, user: Principal, asked: service.Asked) -> Response[JobOut]:
    """After the commit, so that the job begins while its place in line is counted."""
    out = await job_out(session, user, asked.job)
    return Response(out, status_code=202 if asked.created else 200)


class SummariesApi(Controller):
    """One pupil's summary."""

    path = f"{BASE}/evaluation/{{evaluation_id:int}}/student/{{student_id:int}}"
    tags = ("Summaries",)
    guards = (requires(),)

    @post("/queue", status_code=202, opt=QUEUES_ONE, responses={200: FRESH})
    async def queue(
        self,
        units: NamedDependency[UnitOfWorkFactory],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
        data: JSONBody[QueueBody | None] = None,
    ) -> Response[JobOut]:
        """Queue one summary: 202 with the new job; 200 with the live one, or the one that is still fresh."""
        async with units() as uow:
            asked = await service.queue_for_student(
                uow, user, evaluation_id, student_id, data or QueueBody(), settings.webhooks.allowed_hosts
            )
        return await _answer(session, user, asked)

    @post(
        "/regenerate",
        status_code=202,
        guards=[requires("teacher", "admin")],
        opt=QUEUES_ONE,
        responses={200: FRESH},
    )
    async def regenerate(
        self,
        units: NamedDependency[UnitOfWorkFactory],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
        data: JSONBody[QueueBody | None] = None,
    ) -> Response[JobOut]:
        """Have a summary written again, fresh or not."""
        body = data or QueueBody()
        body.force = True
        async with units() as uow:
            asked = await service.queue_for_student(
                uow, user, evaluation_id, student_id, body, settings.webhooks.allowed_hosts
            )
        return await _answer(session, user, asked)

    @get("/", responses={200: STORED, 202: STILL_AT_IT}, opt={"queues": True})
    async def read(
        self,
        units: NamedDependency[UnitOfWorkFactory],
        waiter: NamedDependency[JobWaiter],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> Response[SummaryOut | JobOut]:
        """The stored summary; if there is no fresh one it is made first, which may take 25 seconds.

        Not done by then: 202 with the job, and where to look for it.
        """
        found = await synchronous_read.summary_or_job(units, waiter, user, evaluation_id, student_id)
        if isinstance(found, SummaryOut):
            return Response(found, status_code=200)
        location = f"{BASE}/jobs/{found.job_id}/status"
        return Response(found, status_code=202, headers={"Location": location})

    @get("/quotes", guards=[requires("teacher", "pupil")])
    async def quotes(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        student_id: FromPath[int],
    ) -> QuotesOut:
        """Anonymised comments: for teachers, and for the pupil where the evaluation allows it."""
        found = await service.anonymised_quotes(uow.session, user, evaluation_id, student_id)
        return QuotesOut(student_id=student_id, quotes=found)


class BatchApi(Controller):
    """A whole class."""

    path = f"{BASE}/evaluation/{{evaluation_id:int}}"
    tags = ("Batch",)
    guards = (requires("teacher", "admin"),)

    @post("/batch-queue", status_code=202, opt=QUEUES_MANY)
    async def queue(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        evaluation_id: FromPath[int],
        data: JSONBody[BatchBody | None] = None,
    ) -> BatchOut:
        """Queue many pupils at once; one that does not exist is a failed row and the others still go."""
        return await service.queue_for_class(
            uow, user, evaluation_id, data or BatchBody(), settings.webhooks.allowed_hosts
        )

    @post("/cancel", status_code=200)
    async def cancel(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], evaluation_id: FromPath[int]
    ) -> BatchMoved:
        """Cancel everything of this evaluation that waits or runs."""
        return BatchMoved(evaluation_id, await service.cancel_class(uow, user, evaluation_id))

    @post("/retry-failed", status_code=202, opt=QUEUES_MANY)
    async def retry_failed(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], evaluation_id: FromPath[int]
    ) -> BatchOut:
        """Queue again every pupil whose newest job failed."""
        return await service.retry_failed(uow, user, evaluation_id)

    @get("/jobs")
    async def jobs(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        evaluation_id: FromPath[int],
        status: FromQuery[State | None] = None,
        limit: Limit = 50,
        cursor: FromQuery[str | None] = None,
    ) -> JobPage:
        """The jobs of an evaluation, newest first."""
        return await job_pages.job_page(uow.session, user, evaluation_id, status, limit, cursor)


class JobsApi(Controller):
    """One job."""

    path = f"{BASE}/jobs/{{job_id:str}}"
    tags = ("Jobs",)
    guards = (requires(),)

    @get("/status")
    async def status(
        self, session: NamedDependency[AsyncSession], user: NamedDependency[Principal], job_id: FromPath[str]
    ) -> JobOut:
        """How a job stands."""
        return await job_out(session, user, await service.visible_job(session, user, job_id))

    @post("/cancel", status_code=200)
    async def cancel(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], job_id: FromPath[str]
    ) -> JobOut:
        """Cancel a job that waits or runs; a running one is stopped at once. It stays cancelled."""
        return await job_out(uow.session, user, await service.cancel_job(uow, user, job_id))

    @post("/retry", status_code=202, opt=QUEUES_ONE)
    async def retry(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], job_id: FromPath[str]
    ) -> JobOut:
        """A new job in place of a failed or cancelled one."""
        return await job_out(uow.session, user, await service.retry_job(uow, user, job_id))


@get("/api/v1/evaluations/{evaluation_id:int}", guards=[requires()], tags=["Evaluations"])
async def read_class(
    uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], evaluation_id: FromPath[int]
) -> EvaluationOut:
    """Title, course, state and policy; for those who run it also the pupils with their jobs.

    Not in a controller, because Litestar 2.25 refuses a path that two controllers share (each brings its own
    handler for OPTIONS), and evaluations/api.py has this path for PATCH.
    """
    return await class_status.evaluation_out(uow.session, user, evaluation_id)


controllers = (SummariesApi, BatchApi, JobsApi, read_class)
