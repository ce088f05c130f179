"""Walks every route with which staff change something: each leaves an audit event, or is excepted by name."""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import func, select, text

from app.audit.actions import Action
from app.audit.models import AuditEvent
from app.imports import service as imports
from app.imports.preview import Upload
from app.summaries import service as summaries
from app.summaries.schemas import QueueBody
from tests.support.web import Web
from tests.web.access.calls import build_request, client_of
from tests.web.access.objects import UPLOAD, make_objects
from tests.web.access.table import (
    API,
    CLASS_PAGE,
    DELIVERY_PAGE,
    OF_CLASS,
    OF_JOB,
    OF_STUDENT,
    PERSON_PAGE,
    ROWS,
    STAFF,
    STUDENT_PAGE,
    WEBHOOKS,
)

Route = tuple[str, str]
Objects = dict[str, str]

HAS_A_ROW = "the row of the job says who asked for it and when"
OWN_ACCOUNT = "it is about the person's own browser or language, and changes nothing for others"

EXCEPTIONS: Mapping[Route, str] = {
    ("POST", f"{OF_STUDENT}/queue"): HAS_A_ROW,
    ("POST", f"{STUDENT_PAGE}/queue"): HAS_A_ROW,
    ("POST", f"{OF_CLASS}/batch-queue"): HAS_A_ROW,
    ("POST", f"{CLASS_PAGE}/queue"): HAS_A_ROW,
    ("POST", f"{OF_CLASS}/retry-failed"): HAS_A_ROW,
    ("POST", f"{CLASS_PAGE}/retry-failed"): HAS_A_ROW,
    ("POST", f"{OF_JOB}/retry"): HAS_A_ROW,
    ("POST", "/jobs/{job_id:str}/retry"): HAS_A_ROW,
    ("POST", "/monitoring/retry"): HAS_A_ROW,
    ("POST", f"{API}/evaluations/import"): "the table's row is a dry run, which writes nothing",
    ("POST", "/imports"): "a preview changes nothing, and its row says whose it is",
    ("POST", "/login"): OWN_ACCOUNT,
    ("POST", "/logout"): OWN_ACCOUNT,
    ("POST", "/account/language"): OWN_ACCOUNT,
    ("POST", "/account/logout-everywhere"): OWN_ACCOUNT,
}

ELSEWHERE: Mapping[Action, str] = {
    Action.SCHOOL_ADDED: "tests/app/cli",
    Action.PERSON_TOKEN_CREATED: "tests/app/cli",
    Action.PERSON_PASSWORD_SET: "tests/app/cli",
    Action.PERSON_CODE_REDEEMED: "tests/app/accounts/test_invitations.py",
    Action.TEACHER_ADDED: "tests/app/evaluations/test_audit.py",
    Action.TEACHER_REMOVED: "tests/app/evaluations/test_audit.py",
}
"""Actions that no route does, and where a test sees their event."""


async def _nothing(_: Web, __: Objects) -> Objects:
    return {}


async def _no_unfinished_job(web: Web, objects: Objects) -> Objects:
    async with web.units() as uow:
        await summaries.cancel_class(uow, web.cast.owner.principal, int(objects["evaluation_id"]))
    return {}


async def _unfinished_job(web: Web, objects: Objects) -> Objects:
    evaluation_id, student_id = int(objects["evaluation_id"]), int(objects["student_id"])
    async with web.units() as uow:
        asked = await summaries.queue_for_student(
            uow, web.cast.owner.principal, evaluation_id, student_id, QueueBody(force=True)
        )
    return {"job_id": asked.job.id}


async def _applied_import(web: Web, _: Objects) -> Objects:
    async with web.units() as uow:
        run = await imports.import_now(uow, web.cast.owner.principal, _upload())
    return {"run_id": str(run.id), "import_id": str(run.id)}


async def _previewed_import(web: Web, _: Objects) -> Objects:
    async with web.units() as uow:
        run = await imports.preview(uow, web.cast.owner.principal, _upload())
    return {"run_id": str(run.id)}


def _upload() -> Upload:
    return Upload(UPLOAD.encode(), "proef.csv", "Nog een proef")


def _sql(statement: str) -> Callable[[Web, Objects], Awaitable[Objects]]:
    async def run(web: Web, _: Objects) -> Objects:
        async with web.units() as uow:
            await uow.session.execute(text(statement))
        return {}

    return run


UNRELEASED = _sql("UPDATE summary SET state = 'approved'")
HELD = _sql("""UPDATE summary SET state = 'draft', held_for = '["self_harm"]'""")
NEWER = _sql(
    "INSERT INTO summary_version (summary_id, number, beside, facts, sentences)"
    " SELECT id, number + 1, true, to_jsonb(summary) || '{\"input_hash\": \"\"}', '[]' FROM summary"
)
HAS_AN_ADDRESS = _sql("UPDATE user_account SET email = id || '@brug.example' WHERE email IS NULL")
SENT = _sql("UPDATE webhook_delivery SET state = 'delivered', lease_token = NULL, lease_until = NULL")

PREPARATIONS: Mapping[Route, Callable[[Web, Objects], Awaitable[Objects]]] = {
    ("PATCH", f"{API}/evaluations/{{evaluation_id:int}}"): _sql("UPDATE evaluation SET title = 'Old title'"),
    ("POST", f"{API}/evaluations/imports/{{import_id:int}}/undo"): _applied_import,
    ("POST", "/imports/{run_id:int}/undo"): _applied_import,
    ("POST", "/imports/{run_id:int}/apply"): _previewed_import,
    ("POST", f"{OF_STUDENT}/regenerate"): _no_unfinished_job,
    ("POST", f"{STUDENT_PAGE}/regenerate"): _no_unfinished_job,
    ("POST", f"{OF_JOB}/cancel"): _unfinished_job,
    ("POST", "/jobs/{job_id:str}/cancel"): _unfinished_job,
    ("POST", "/monitoring/cancel"): _unfinished_job,
    ("POST", f"{CLASS_PAGE}/release"): UNRELEASED,
    ("POST", f"{STUDENT_PAGE}/release"): UNRELEASED,
    ("POST", f"{STUDENT_PAGE}/hold"): HELD,
    ("POST", f"{STUDENT_PAGE}/beside"): NEWER,
    ("POST", f"{PERSON_PAGE}/code"): HAS_AN_ADDRESS,
    ("POST", f"{WEBHOOKS}/deliveries/{{delivery_id:str}}/redeliver"): SENT,
    ("POST", f"{DELIVERY_PAGE}/redeliver"): SENT,
}
"""What makes the objects such that the call changes something, for routes that find them otherwise."""

CHANGES = [key for key, row in ROWS.items() if key[0] != "GET" and row.allowed & STAFF]


async def test_every_change_by_staff_is_noted_and_every_action_occurs(web: Web) -> None:
    """In the order of the table, in which what is paused is resumed and what is deleted comes last."""
    objects = await make_objects(web.units, web.cast)
    noted = {key: await _noted(web, key, objects) for key in CHANGES}
    silent = {key for key, actions in noted.items() if not actions}
    assert silent == EXCEPTIONS.keys()
    seen = {action for actions in noted.values() for action in actions}
    assert seen | {action.value for action in ELSEWHERE} == {action.value for action in Action}
    assert seen.isdisjoint(ELSEWHERE)


async def _noted(web: Web, key: Route, objects: Objects) -> list[str]:
    """The actions that a call of the route notes, by the first member of the cast who may make it."""
    row = ROWS[key]
    part = next(part for part in ("owner", "admin") if part in row.allowed)
    changed = objects | await PREPARATIONS.get(key, _nothing)(web, objects)
    async with web.units() as uow:
        before = await uow.session.scalar(select(func.coalesce(func.max(AuditEvent.id), 0)))
    async with client_of(web, part) as client:
        answer = await client.send(build_request(client, web, changed, key, row))
    assert answer.status_code < 400 or key in EXCEPTIONS, (key, answer.status_code, answer.text)
    async with web.units() as uow:
        events = list(await uow.session.scalars(select(AuditEvent).where(AuditEvent.id > before)))
    actor = web.cast.everyone()[part].id
    assert all(event.actor_id == actor and event.school_id == web.cast.school_id for event in events)
    return [event.action for event in events]
