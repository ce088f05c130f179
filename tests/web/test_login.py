"""The log-in page and its cookie."""

from dataclasses import replace
from http.cookies import SimpleCookie

import pytest

from app.accounts.login import ACCOUNT_LIMIT
from app.settings import Settings
from tests.support.cast import PASSWORD
from tests.support.one_task import in_one_task
from tests.support.web import BASE, Web, open_web
from web.session_cookie import cookie_name


def form(web: Web, **changes: str) -> dict[str, str]:
    """What the owner types."""
    return {"email": web.cast.owner.email, "password": PASSWORD, **changes}


async def test_the_cookie_logs_in_and_is_out_of_reach_of_scripts(web: Web) -> None:
    async with web.anonymous() as client:
        answer = await client.post("/login", data=form(web, next="/account"))
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        cookie = SimpleCookie(answer.headers["set-cookie"])["session"]
        assert cookie["httponly"]
        assert cookie["samesite"].lower() == "lax"
        assert cookie["path"] == "/"
        assert int(cookie["max-age"]) == web.settings.web.session_hours * 3600
        assert not cookie["secure"]
        assert (await client.get("/api/v1/me")).json()["user"]["id"] == web.cast.owner.id


async def test_on_a_public_installation_the_cookie_is_bound_to_the_host(settings: Settings) -> None:
    public = replace(settings, web=replace(settings.web, secure_cookies=True))
    assert cookie_name(public.web) == "__Host-session"
    async with in_one_task(open_web(public)) as web, web.anonymous() as client:
        answer = await client.post("/login", data=form(web))
        cookie = SimpleCookie(answer.headers["set-cookie"])["__Host-session"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_a_wrong_password_opens_nothing(web: Web) -> None:
    async with web.anonymous() as client:
        answer = await client.post("/login", data=form(web, password="guess"))
        assert answer.status_code == 401
        assert "session" not in client.cookies


async def test_too_many_guesses_are_told_to_wait(web: Web) -> None:
    async with web.anonymous() as client:
        for number in range(ACCOUNT_LIMIT):
            await client.post("/login", data=form(web, password=f"guess {number}"))
        assert (await client.post("/login", data=form(web))).status_code == 429


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
async def test_nobody_is_logged_in_from_another_site(web: Web, headers: dict[str, str]) -> None:
    async with web.anonymous() as client:
        answer = await client.post("/login", data=form(web), headers=headers)
        assert answer.status_code == 403
        assert "session" not in client.cookies


async def test_logging_out_ends_the_session_on_the_server(web: Web) -> None:
    owner = web.cast.owner
    async with web.by_cookie(owner) as client:
        answer = await client.post("/logout")
        assert answer.status_code == 303
        cookies = SimpleCookie("; ".join(answer.headers.get_list("set-cookie")))
        assert cookies["session"]["max-age"] == "0"
    async with web.by_cookie(owner) as client:
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_page_sends_to_the_login_and_back(web: Web) -> None:
    async with web.anonymous() as client:
        answer = await client.get("/evaluations?q=a&show=b", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=%2Fevaluations%3Fq%3Da%26show%3Db"
        posted = await client.post("/account/language", data={"locale": "en"}, headers={"Origin": BASE})
        assert (posted.status_code, posted.headers["location"]) == (303, "/login")
