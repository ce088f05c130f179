"""What callers and readers are told when something goes wrong, and what the log is not."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
import pytest
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import public
from app.accounts.models import School
from app.core.errors import BadInput, Conflict, TooManyRequests
from app.core.unit_of_work import UnitOfWork
from app.settings import load
from tests.support.cast import CANARY
from tests.support.eventually import eventually
from tests.support.one_task import in_one_task
from tests.support.services import Servers
from tests.support.web import Web, open_web

PROBLEM = "application/problem+json"


class Body(msgspec.Struct):
    """Something with rules."""

    count: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0


@post("/api/x/body", guards=[public])
async def body(data: JSONBody[Body]) -> None:
    """Takes a body with rules."""


@get("/api/x/query", guards=[public])
async def query(limit: FromQuery[int]) -> None:
    """Takes a number."""


@get(["/api/x/fault", "/x/fault"], guards=[public])
async def fault() -> None:
    """Has a bug whose message holds what must not get out."""
    raise RuntimeError(CANARY)


@get(["/api/x/slow-down", "/x/slow-down"], guards=[public])
async def slow_down() -> None:
    """Is called too often."""
    raise TooManyRequests("Slow down.", retry_after=7)


@get("/api/x/group", guards=[public])
async def group() -> None:
    """Fails in two ways at once."""
    raise ExceptionGroup("two", [ValueError(CANARY), Conflict("It was cancelled already.")])


@get("/api/x/commit", guards=[public], status_code=200)
async def commit(uow: NamedDependency[UnitOfWork], session: NamedDependency[AsyncSession]) -> str:
    """Everything goes well until the commit, with a second dependency that has to be closed too."""
    await session.execute(text("SELECT 1"))
    uow.session.add(School(slug="de-brug", name=CANARY))
    return "written"


@get("/api/x/rollback", guards=[public])
async def rollback(uow: NamedDependency[UnitOfWork], session: NamedDependency[AsyncSession]) -> None:
    """Writes, then refuses."""
    uow.session.add(School(slug="rolled-back", name="x"))
    await uow.session.flush()
    raise BadInput("That will not do.", field="x")


HANDLERS = [body, query, fault, slow_down, group, commit, rollback]


@pytest.fixture(scope="module")
async def broken(module_environ: dict[str, str]) -> AsyncIterator[Web]:
    """The application, with handlers that go wrong."""
    async with in_one_task(open_web(load(module_environ))) as web:
        for handler in HANDLERS:
            web.app.register(handler)
        yield web


async def test_an_error_is_a_problem_document(broken: Web) -> None:
    async with broken.anonymous() as client:
        answer = await client.get("/api/x/slow-down", headers={"X-Request-ID": "my-request-1"})
    assert answer.status_code == 429
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["retry-after"] == "7"
    assert answer.json() == {
        "type": "urn:terugblik:problem:too_many_requests",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Slow down.",
        "code": "too_many_requests",
        "request_id": "my-request-1",
    }


@pytest.mark.parametrize(
    ("content", "field"),
    [(b'{"count": 11}', "count"), (b'{"count": "many"}', "count"), (b"{", None), (b'"x"', "data")],
)
async def test_a_wrong_body_is_told_by_field(broken: Web, content: bytes, field: str | None) -> None:
    async with broken.anonymous() as client:
        headers = {"Content-Type": "application/json"}
        answer = await client.post("/api/x/body", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.json().get("field") == field
    assert answer.json()["detail"].endswith(".")


async def test_a_wrong_parameter_is_told_by_name(broken: Web) -> None:
    async with broken.anonymous() as client:
        missing = await client.get("/api/x/query")
        wrong = await client.get("/api/x/query?limit=many")
    assert (missing.status_code, wrong.status_code) == (400, 400)
    assert wrong.json()["field"] == "limit"


async def test_a_body_that_is_too_large_is_refused(broken: Web) -> None:
    async with broken.anonymous() as client:
        answer = await client.post("/api/x/body", content=b" " * 1_000_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_an_unknown_address_and_a_wrong_method(broken: Web) -> None:
    async with broken.anonymous() as client:
        unknown = await client.get("/api/x/nothing")
        wrong = await client.delete("/api/x/query")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, PROBLEM)
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["allow"]


@pytest.mark.parametrize("path", ["/api/x/fault", "/x/fault", "/api/x/commit"])
async def test_a_bug_tells_nothing_of_itself(
    broken: Web, path: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with broken.anonymous() as client:
            answer = await client.get(path)
    assert answer.status_code == 500
    said = capfd.readouterr()
    everything = answer.text + str(answer.headers) + caplog.text + said.out + said.err
    assert CANARY not in everything
    for secret in ("Traceback", "INSERT", "site-packages"):
        assert secret not in answer.text
    assert "request_failed" in everything, "the log says where it happened"


async def test_a_commit_that_fails_is_an_error_not_a_success(broken: Web) -> None:
    """The answer was made already; Litestar closes dependencies before it sends the first byte."""
    async with broken.anonymous() as client:
        answer = await client.get("/api/x/commit")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")


async def test_what_was_written_before_an_error_is_rolled_back(broken: Web) -> None:
    async with broken.anonymous() as client:
        answer = await client.get("/api/x/rollback")
    assert (answer.status_code, answer.json()["field"]) == (400, "x")
    async with broken.units() as unit:
        found = await unit.session.scalar(text("SELECT count(*) FROM school WHERE slug = 'rolled-back'"))
    assert found == 0


async def test_of_several_errors_ours_is_told(broken: Web) -> None:
    async with broken.anonymous() as client:
        answer = await client.get("/api/x/group")
    assert (answer.status_code, answer.json()["detail"]) == (409, "It was cancelled already.")


async def test_people_get_a_page(broken: Web) -> None:
    async with broken.anonymous() as client:
        for path, status in (("/nothing-here", 404), ("/x/fault", 500), ("/x/slow-down", 429)):
            answer = await client.get(path, headers={"Accept": "text/html", "Accept-Language": "en"})
            assert (answer.status_code, answer.headers["content-type"]) == (
                status,
                "text/html; charset=utf-8",
            )
            assert '<html lang="en">' in answer.text
            assert answer.headers["x-request-id"] in answer.text


async def test_scripts_and_streams_of_a_page_get_a_problem(broken: Web) -> None:
    async with broken.anonymous() as client:
        for accept in ("application/json", "text/event-stream"):
            answer = await client.get("/evaluations", headers={"Accept": accept})
            assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)


async def test_a_database_that_is_gone_is_503_and_comes_back(web: Web, servers: Servers) -> None:
    async with web.as_user(web.cast.owner) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
        await asyncio.to_thread(servers.postgres.stop)
        try:
            for answer in [await client.get("/api/v1/me") for _ in range(2)]:
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
                assert answer.headers["retry-after"] == "2"
                assert str(servers.home) not in answer.text
            ready = await client.get("/ready")
            assert ready.status_code == 503
            assert ready.json() == {"status": "not_ready", "database": "away", "redis": "connected"}
            assert (await client.get("/health")).status_code == 200
        finally:
            await asyncio.to_thread(servers.postgres.start)
        assert (await client.get("/api/v1/me")).status_code == 200
        assert (await client.get("/ready")).status_code == 200


async def test_a_restart_of_the_database_is_never_a_500(web: Web, servers: Servers) -> None:
    statuses: set[int] = set()
    done = asyncio.Event()

    async def keep_asking() -> None:
        async with web.as_user(web.cast.owner) as client:
            while not done.is_set():
                statuses.add((await client.get("/api/v1/me")).status_code)

    callers = [asyncio.create_task(keep_asking()) for _ in range(4)]
    try:
        await asyncio.to_thread(servers.postgres.stop)
        await eventually(lambda: 503 in statuses)
    finally:
        await asyncio.to_thread(servers.postgres.start)
        done.set()
        await asyncio.gather(*callers)
    assert statuses <= {200, 503}


async def test_connections_that_were_cut_cost_one_503_at_most(web: Web) -> None:
    async with web.as_user(web.cast.owner) as client:
        await asyncio.gather(*(client.get("/api/v1/me") for _ in range(20)))
        async with web.units() as unit:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            await unit.session.execute(text(f"{others} AND datname = current_database()"))
        assert (await client.get("/api/v1/me")).status_code in {200, 503}
        assert (await client.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/evaluations/99999999999999999999", "/evaluations/99999999999999999999"]
)
async def test_an_id_beyond_all_numbers_is_no_fault_of_ours(web: Web, path: str) -> None:
    async with web.as_user(web.cast.owner) as client:
        answer = await client.get(path)
    assert answer.status_code == 400


async def test_a_character_that_cannot_be_stored_is_refused(web: Web) -> None:
    body = {
        "name": "Every\x00night",
        "cron_expression": "@daily",
        "task_params": {"evaluation_id": web.cast.course.evaluation_id},
    }
    async with web.as_user(web.cast.owner) as client:
        answer = await client.post("/api/v1/feedback-summaries/scheduled-jobs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
