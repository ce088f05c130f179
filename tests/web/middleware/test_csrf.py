"""CSRF: with a cookie an unsafe call needs the session's token and must come from a page of ours."""

import httpx
import pytest

from app.accounts.principal import Principal
from tests.support.web import BASE, Web
from web.middleware.csrf import csrf_token

PATH = "/account/language"
FORM = {"locale": "en"}


def token(shared_web: Web, principal: Principal | None = None) -> str:
    """The owner's token, or another person's."""
    return csrf_token(shared_web.settings.web, principal or shared_web.cast.owner.principal)


async def post(shared_web: Web, headers: dict[str, str] | None = None, **body: object) -> httpx.Response:
    """Post with the owner's cookie and without the token that the test client would add."""
    async with shared_web.by_cookie(shared_web.cast.owner, csrf=False) as client:
        return await client.post(PATH, headers={"Accept": "application/json", **(headers or {})}, **body)  # type: ignore[arg-type]


async def test_without_a_token_nothing_is_done(shared_web: Web) -> None:
    answer = await post(shared_web, data={"locale": "nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf"), "refused before it is looked at"


async def test_the_token_may_be_in_the_header(shared_web: Web) -> None:
    assert (await post(shared_web, {"X-CSRF-Token": token(shared_web)}, data=FORM)).status_code == 303


async def test_the_token_may_be_in_a_form(shared_web: Web) -> None:
    assert (await post(shared_web, data={**FORM, "csrf_token": token(shared_web)})).status_code == 303


async def test_the_token_may_be_in_a_form_with_a_file(shared_web: Web) -> None:
    async with shared_web.by_cookie(shared_web.cast.owner, csrf=False) as client:
        file = {"file": ("x.csv", b"", "text/csv")}
        refused = await client.post("/imports", data={"title": "x"}, files=file)
        let_in = await client.post(
            "/imports", data={"title": "x", "csrf_token": token(shared_web)}, files=file
        )
    assert refused.status_code == 403
    assert let_in.status_code != 403


async def test_another_sessions_token_is_refused(shared_web: Web) -> None:
    stolen = token(shared_web, shared_web.cast.colleague.principal)
    assert (await post(shared_web, {"X-CSRF-Token": stolen}, data=FORM)).status_code == 403


@pytest.mark.parametrize("wrong", ["", "x", "é", "0" * 64])
async def test_a_wrong_token_is_refused(shared_web: Web, wrong: str) -> None:
    assert (await post(shared_web, data={**FORM, "csrf_token": wrong})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_the_right_token_from_another_site_is_refused(shared_web: Web, headers: dict[str, str]) -> None:
    answer = await post(shared_web, {"X-CSRF-Token": token(shared_web), **headers}, data=FORM)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": BASE}, {}])
async def test_our_own_pages_are_let_through(shared_web: Web, headers: dict[str, str]) -> None:
    assert (
        await post(shared_web, {"X-CSRF-Token": token(shared_web), **headers}, data=FORM)
    ).status_code == 303


async def test_the_api_with_a_cookie_needs_it_and_with_a_token_does_not(shared_web: Web) -> None:
    path = f"/api/v1/evaluations/{shared_web.cast.course.evaluation_id}"
    async with shared_web.by_cookie(shared_web.cast.owner, csrf=False) as client:
        assert (await client.patch(path, json={"title": "x"})).status_code == 403
    async with shared_web.by_cookie(shared_web.cast.owner) as client:
        assert (await client.patch(path, json={"title": "x"})).status_code == 200
    async with shared_web.as_user(shared_web.cast.owner) as client:
        assert (await client.patch(path, json={"title": "x"})).status_code == 200
