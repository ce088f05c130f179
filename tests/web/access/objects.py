"""The objects that the paths of the access table name: the pupil's summary and job, the owner's import."""

from sqlalchemy import insert

from app.accounts import tokens, users
from app.accounts.users import NewUser
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.imports import service as import_service
from app.imports.preview import Upload
from app.scheduling import service as scheduling
from app.scheduling.schemas import ScheduleBody, TaskParams
from app.summaries import service
from app.summaries.models import Summary, SummarySentence
from app.summaries.schemas import QueueBody
from app.webhooks import service as webhooks
from app.webhooks.models import Endpoint
from tests.support.cast import Cast

UPLOAD = (
    "to_student_id,to_student_name,from_student_id,from_student_name,type,score,"
    "criterion_id,criterion_name,created_at,comment\n"
    "900001,Piet Proef,900002,Klaas Keur,peer,4,1,Samenwerken,01-02-2026,Werkt goed samen\n"
)


async def make_objects(units: UnitOfWorkFactory, cast: Cast) -> dict[str, str]:
    """Path parameters by name, as text."""
    course, student = cast.course, cast.student
    async with units() as uow:
        asked = await service.queue_for_student(
            uow, cast.owner.principal, course.evaluation_id, student.id, QueueBody()
        )
        await _write_summary(uow, cast)
        upload = Upload(UPLOAD.encode(), "proef.csv", "Proef")
        run = await import_service.import_now(uow, cast.owner.principal, upload)
        body = ScheduleBody("Weekly", "@weekly", TaskParams(course.evaluation_id))
        schedule = await scheduling.create(uow, cast.owner.principal, body)
        second = await scheduling.create(uow, cast.owner.principal, body)
        return {
            **await _webhook(uow, cast),
            **await _person(uow, cast),
            "schedule_id": str(schedule.id),
            "second_schedule_id": str(second.id),
            "evaluation_id": str(course.evaluation_id),
            "student_id": str(student.id),
            "job_id": asked.job.id,
            "import_id": str(run.id),
            "run_id": str(run.id),
            "lane": "low",
            "path": "nothing",
            "file_path": "favicon.svg",
        }


async def _person(uow: UnitOfWork, cast: Cast) -> dict[str, str]:
    """Somebody of the cast's school, with a token."""
    new = NewUser("teacher", "somebody@brug.example", "Some", "", "Body")
    person = await users.create(uow, cast.admin.principal, new)
    token = await tokens.create(uow, cast.admin.principal, person.id, "test")
    return {"user_id": str(person.id), "token_id": str(token.token_id)}


async def _write_summary(uow: UnitOfWork, cast: Cast) -> None:
    """A released summary of the student."""
    values = {
        "school_id": cast.school_id,
        "evaluation_id": cast.course.evaluation_id,
        "student_id": cast.student.id,
        "state": "released",
        "locale": "nl",
        "method": "fallback",
        "input_hash": b"-",
        "revision": 1,
        "comments_used": 2,
        "comments_total": 2,
    }
    summary_id = await uow.session.scalar(insert(Summary).values(values).returning(Summary.id))
    uow.session.add(
        SummarySentence(summary_id=summary_id, position=0, kind="strength", text="Je was op tijd.")
    )


async def _webhook(uow: UnitOfWork, cast: Cast) -> dict[str, str]:
    """Two receivers of the cast's school, and what was sent to the first."""
    values = {"school_id": cast.school_id, "events": ["job.completed"], "secret": b"-"}
    endpoint = Endpoint(url="https://hooks.invalid/", **values)
    second = Endpoint(url="https://hooks.invalid/", **values)
    uow.session.add_all([endpoint, second])
    await uow.session.flush()
    delivery = await webhooks.test(uow, cast.admin.principal, endpoint.id)
    return {
        "endpoint_id": str(endpoint.id),
        "second_endpoint_id": str(second.id),
        "delivery_id": delivery.id,
    }
