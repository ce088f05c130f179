"""What every answer carries, and what the request log says and does not say."""

import logging
import re

import httpx
import pytest
from litestar import MediaType, get

from app.accounts.guards import public
from app.core import logs
from app.settings import load
from tests.support.cast import CANARY
from tests.support.web import Web, serving
from web.deps import AnyRequest, client_address
from web.main import create_app
from web.middleware.security_headers import SECURITY_HEADERS


@get("/api/x/address", guards=[public], media_type=MediaType.TEXT)
async def address(request: AnyRequest) -> str:
    """Who calls."""
    return client_address(request)


@pytest.mark.parametrize("path", ["/health", "/login", "/api/v1/me", "/nothing", "/api/nothing", "/schema"])
async def test_every_answer_carries_the_security_headers(shared_web: Web, path: str) -> None:
    async with shared_web.anonymous() as client:
        answer = await client.get(path, headers={"Accept": "text/html"})
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers.get_list(name) == [value]
    assert "strict-transport-security" not in answer.headers, "only where cookies are secure"
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


async def test_static_files_are_kept_for_a_year_at_an_address_of_their_content(shared_web: Web) -> None:
    async with shared_web.anonymous() as client:
        answer = await client.get(f"{shared_web.static}/css/base.css")
        stale = await client.get("/static/000000000000/css/base.css")
        outside = await client.get(f"{shared_web.static}/../main.py")
        encoded = await client.get(f"{shared_web.static}/%2e%2e/main.py")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert set(answer.headers["cache-control"].split(", ")) == {"public", "immutable", "max-age=31536000"}
    assert "set-cookie" not in answer.headers
    assert (stale.status_code, outside.status_code, encoded.status_code) == (404, 404, 404)


async def test_a_request_id_is_made_or_taken_over(shared_web: Web) -> None:
    async with shared_web.anonymous() as client:
        made = await client.get("/health")
        given = await client.get("/health", headers={"X-Request-ID": "from-the-proxy.1"})
    assert re.fullmatch("[0-9A-Z]{26}", made.headers["x-request-id"])
    assert given.headers["x-request-id"] == "from-the-proxy.1"


@pytest.mark.parametrize("wrong", ["short", "x" * 65, "with space here", "<script>alert", "a\tb-cdefgh"])
async def test_a_request_id_that_could_do_harm_is_replaced(shared_web: Web, wrong: str) -> None:
    async with shared_web.anonymous() as client:
        answer = await client.get("/health", headers={"X-Request-ID": wrong})
    assert re.fullmatch("[0-9A-Z]{26}", answer.headers["x-request-id"])


async def test_the_log_has_ids_and_no_text(
    shared_web: Web, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # put back afterwards, whoever set them
    logs.configure("text", "info")
    course = shared_web.cast.course
    async with shared_web.as_user(shared_web.cast.owner) as client:
        path = f"/evaluations/{course.evaluation_id}?q={CANARY}"
        assert (await client.get(path)).status_code == 200
        assert (await client.get(f"/{CANARY}")).status_code == 404
        page = await client.get(f"/evaluations/{course.evaluation_id}/students/{shared_web.cast.student.id}")
    assert CANARY in page.text, "the teacher reads the comment"
    said = capfd.readouterr()
    log = said.out + said.err
    assert CANARY not in log
    assert "Fatima" not in log
    assert f"user_id={shared_web.cast.owner.id}" in log
    assert "route=/evaluations/{evaluation_id}" in log


async def test_the_api_describes_itself_with_nothing_from_elsewhere(shared_web: Web) -> None:
    async with shared_web.anonymous() as client:
        schema = (await client.get("/schema/openapi.json")).json()
        root = await client.get("/schema")
    assert root.json() == schema
    assert "/api/v1/me" in schema["paths"]
    assert "/login" not in schema["paths"]
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


@pytest.mark.parametrize(
    ("trusted", "said"),
    [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9"), ("127.0.0.0/8,203.0.113.0/24", "198.51.100.7")],
)
async def test_only_a_trusted_proxy_may_say_who_the_client_is(
    environ: dict[str, str], trusted: str, said: str
) -> None:
    """The nearest address that is no trusted proxy's counts; what the client wrote before it does not."""
    app = create_app(load({**environ, "TRUSTED_PROXIES": trusted}))
    app.register(address)
    headers = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
    async with app.lifespan(), serving(app) as url, httpx.AsyncClient(headers=headers) as client:
        assert (await client.get(f"{url}/api/x/address")).text == said
