"""Tokens and cookies: who counts as logged in."""

import pytest
from sqlalchemy import func, update

from app.accounts.models import ApiToken, LoginSession
from tests.support.web import Web
from web.session_cookie import cookie_name

ME = "/api/v1/me"


async def test_nobody_is_told_how_to_log_in(web: Web) -> None:
    async with web.anonymous() as client:
        answer = await client.get(ME)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_logged_in"


async def test_a_withdrawn_token_is_refused_at_once(web: Web) -> None:
    async with web.as_user(web.cast.owner) as client:
        assert (await client.get(ME)).status_code == 200
        async with web.units() as unit:
            await unit.session.execute(update(ApiToken).values(revoked_at=func.now()))
        answer = await client.get(ME)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


async def test_an_expired_session_is_nobodys(web: Web) -> None:
    async with web.by_cookie(web.cast.owner) as client:
        assert (await client.get(ME)).status_code == 200
        async with web.units() as unit:
            await unit.session.execute(update(LoginSession).values(expires_at=func.now()))
        assert (await client.get(ME)).status_code == 401
        assert (await client.get("/login")).status_code == 200


@pytest.mark.parametrize("given", ["Bearer x", "bearer x", "Bearer ", "Bearer a b"])
async def test_a_wrong_token_is_refused_even_beside_a_good_cookie(web: Web, given: str) -> None:
    async with web.by_cookie(web.cast.owner) as client:
        assert (await client.get(ME, headers={"Authorization": given})).status_code == 401


async def test_a_proxys_own_login_does_not_stand_in_the_way(web: Web) -> None:
    async with web.by_cookie(web.cast.owner) as client:
        assert (await client.get(ME, headers={"Authorization": "Basic eDp5"})).status_code == 200


async def test_a_session_is_no_token_and_a_token_no_session(web: Web) -> None:
    owner = web.cast.owner
    async with web.anonymous() as client:
        as_token = await client.get(ME, headers={"Authorization": f"Bearer {owner.cookie}"})
        client.cookies.set(cookie_name(web.settings.web), owner.token)
        as_cookie = await client.get(ME)
    assert (as_token.status_code, as_cookie.status_code) == (401, 401)
