"""Walks every registered route as every part of the cast; an undeclared or unlisted route fails."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from app.accounts.guards import declared_access
from app.settings import load
from tests.support.eventually import MAX_WAIT_SECONDS
from tests.support.one_task import in_one_task
from tests.support.web import Web, open_web
from tests.web.access.calls import build_request, client_of
from tests.web.access.objects import make_objects
from tests.web.access.table import PARTS, ROWS, Row
from web.errors import PROGRAM_PATHS
from web.main import create_app

DUMMY = {
    "DATABASE_URL": "postgresql://nobody@localhost/nothing",
    "REDIS_URL": "redis://localhost",
    "SECRET_KEY": "0" * 32,
}
"""Enough to list the routes; nothing connects."""


def handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Method, path and handler of all routes, without those that Litestar adds by itself (OPTIONS, HEAD)."""
    for route in app.routes:
        assert isinstance(route, HTTPRoute), route.path
        path = re.sub(r"^/static/[0-9a-f]+", "/static", route.path)
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                yield str(method), path, handler


ROUTES = {(method, path): handler for method, path, handler in handlers(create_app(load(DUMMY)))}


@pytest.mark.parametrize("key", sorted(ROUTES), ids=" ".join)
def test_every_route_declares_who_may_call_it_and_is_listed(key: tuple[str, str]) -> None:
    assert declared_access(ROUTES[key]), "say so above the handler: guards=[requires(...)] or [public]"
    assert key in ROWS, "say in tests/web/access/table.py who may call it"


def test_the_table_lists_no_route_that_is_gone() -> None:
    assert set(ROWS) <= set(ROUTES)


@dataclass(frozen=True, slots=True)
class Stage:
    """The application, and the objects that the paths name."""

    web: Web
    objects: dict[str, str]


@pytest.fixture(scope="module")
async def stage(module_environ: dict[str, str]) -> AsyncIterator[Stage]:
    """One for all rows: what they change is only ever whether an allowed call finds a conflict."""
    async with in_one_task(open_web(load(module_environ))) as web:
        yield Stage(web, await make_objects(web.units, web.cast))


@pytest.mark.parametrize("key", ROWS, ids=" ".join)
async def test_only_who_may_is_let_in(stage: Stage, key: tuple[str, str]) -> None:
    row = ROWS[key]
    is_page = not key[1].startswith(PROGRAM_PATHS)
    answers = {}
    for part in PARTS:
        status = await _call(stage, part, key, row)
        sent_to_login = status == 303 and part == "nobody" and part not in row.allowed
        let_in = (status < 400 and not sent_to_login) or status == 409
        answers[part] = "in" if let_in else status
    wanted = {part: "in" if part in row.allowed else row.expected(part, is_page) for part in PARTS}
    assert answers == wanted


async def _call(stage: Stage, part: str, key: tuple[str, str], row: Row) -> int:
    async with client_of(stage.web, part) as client:
        request = build_request(client, stage.web, stage.objects, key, row)
        if row.stream:
            return await _first_status(stage.web.app, request)
        return (await client.send(request)).status_code


async def _first_status(app: Litestar, request: httpx.Request) -> int:
    """The status of an answer that may never end; the viewer leaves as soon as it is known."""
    status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, object]:
        if not status.done():
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start" and not status.done():
            status.set_result(int(str(message["status"])))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
    task = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
    try:
        return await asyncio.wait_for(status, MAX_WAIT_SECONDS)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
