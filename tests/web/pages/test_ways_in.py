"""Logging in and out, the account, imports and static files, over HTTP as a browser does it."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.cast import PASSWORD
from tests.support.web import Web
from web.pages.session.controller import safe_path

FILE = """\
to_student_id,to_student_name,from_student_id,from_student_name,type,score,criterion_id,criterion_name,created_at,comment
901,Iris Vos,902,Bas Kok,peer,4,1,Samenwerken,01-11-2026,Altijd op tijd
902,Bas Kok,901,Iris Vos,peer,veel,1,Samenwerken,01-11-2026,Goed geluisterd
902,Bas Kok,,,peer,3,1,Samenwerken,01-11-2026,Van wie is deze
"""


@pytest.fixture
async def teacher(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with web.by_cookie(web.cast.owner) as client:
        yield client


async def upload(client: httpx.AsyncClient, text: str) -> httpx.Response:
    return await client.post(
        "/imports", data={"title": "Ronde 2", "course": "O&O"}, files={"file": ("ronde.csv", text.encode())}
    )


async def test_log_in_go_where_one_wanted_and_out_again(web: Web) -> None:
    headers = {"Origin": "http://testserver.local", "Accept": "text/html"}
    async with web.anonymous() as client:
        client.headers.update(headers)
        sent_off = await client.get("/imports")
        assert sent_off.headers["location"] == "/login?next=%2Fimports"
        form = await client.get(sent_off.headers["location"])
        assert 'name="next" value="/imports"' in form.text
        given = {"email": web.cast.owner.email, "password": PASSWORD, "next": "/imports"}
        entered = await client.post("/login", data=given)
        assert (entered.status_code, entered.headers["location"]) == (303, "/imports")
        page = (await client.get("/imports")).text
        token = re.search(r'name="csrf_token" value="(\w+)"', page)
        assert token
        left = await client.post("/logout", data={"csrf_token": token[1]})
        assert "Je bent uitgelogd." in (await client.get(left.headers["location"])).text
        assert (await client.get("/imports")).status_code == 303


async def test_a_wrong_password_is_said_at_the_form(web: Web) -> None:
    async with web.anonymous() as client:
        given = {"email": web.cast.owner.email, "password": "verkeerd", "next": "//evil.example"}
        answer = await client.post("/login", data=given, headers={"Accept-Language": "en"})
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert f'value="{web.cast.owner.email}"' in answer.text
    assert "verkeerd" not in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "wanted",
    ["", "//x.example", "/\\x.example", "https://x.example", "/a\\b", "/\t/x.example", "/" + "a" * 2000],
)
def test_only_own_pages_are_gone_to(wanted: str) -> None:
    assert safe_path(wanted) == "/evaluations"


def test_an_own_page_is_gone_to() -> None:
    assert safe_path("/evaluations/7?q=a&show=live") == "/evaluations/7?q=a&show=live"


async def test_the_language_is_kept(teacher: httpx.AsyncClient) -> None:
    assert 'lang="nl"' in (await teacher.get("/account")).text
    await teacher.post("/account/language", data={"locale": "en"})
    page = (await teacher.get("/account")).text
    assert 'lang="en"' in page
    assert "The language is changed." in page
    assert (await teacher.post("/account/language", data={"locale": "fr"})).status_code == 400


async def test_logging_out_everywhere_ends_this_login_too(teacher: httpx.AsyncClient) -> None:
    await teacher.post("/account/logout-everywhere")
    assert (await teacher.get("/account")).headers["location"].startswith("/login")


async def test_a_notice_is_shown_once(teacher: httpx.AsyncClient) -> None:
    await teacher.post("/account/language", data={"locale": "nl"})
    assert "De taal is aangepast." in (await teacher.get("/account")).text
    assert "De taal is aangepast." not in (await teacher.get("/account")).text


async def test_an_import_is_looked_at_then_applied_then_undone(teacher: httpx.AsyncClient) -> None:
    preview = (await upload(teacher, FILE)).headers["location"]
    page = (await teacher.get(preview)).text
    assert "Er is nog niets opgeslagen." in page
    assert "De score is geen getal; die blijft weg." in page
    assert "Er staat niet bij wie deze feedback gaf; de regel doet niet mee." in page
    assert "Ronde 2" not in (await teacher.get("/evaluations")).text
    await teacher.post(f"{preview}/apply")
    assert "De import is klaar." in (await teacher.get(preview)).text
    assert "Ronde 2" in (await teacher.get("/evaluations")).text
    twice = await teacher.post(f"{preview}/apply")
    assert twice.headers["location"] == preview
    await teacher.post(f"{preview}/undo")
    assert "Deze import is ongedaan gemaakt" in (await teacher.get(preview)).text
    assert "Ronde 2" not in (await teacher.get("/evaluations")).text


async def test_a_file_that_cannot_be_used_is_refused_at_the_form(teacher: httpx.AsyncClient) -> None:
    answer = await upload(teacher, "")
    assert answer.status_code == 400
    assert "Het bestand is leeg." in answer.text
    assert 'value="Ronde 2"' in answer.text


async def test_a_colleague_does_not_see_the_import(web: Web, teacher: httpx.AsyncClient) -> None:
    preview = (await upload(teacher, FILE)).headers["location"]
    async with web.by_cookie(web.cast.colleague) as colleague:
        assert (await colleague.get(preview)).status_code == 404
        assert (await colleague.post(f"{preview}/apply")).status_code == 404


async def test_static_files_are_compressed_and_kept_pages_are_neither(
    web: Web, teacher: httpx.AsyncClient
) -> None:
    gzip = {"Accept-Encoding": "gzip"}
    style = await teacher.get(f"{web.static}/css/components.css", headers=gzip)
    assert style.headers["content-encoding"] == "gzip"
    assert "immutable" in style.headers["cache-control"]
    page = await teacher.get("/account", headers=gzip)
    assert "content-encoding" not in page.headers
    assert page.headers["cache-control"] == "no-store"
