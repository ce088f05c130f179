"""The pages of people over HTTP: finding, adding and changing one, codes, blocking, tokens."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, insert, select, update

from app.accounts.models import ApiToken, LoginSession, User
from app.audit.models import AuditEvent
from tests.support.cast import PASSWORD, Person
from tests.support.web import Web

NEW = {"role": "teacher", "given_name": "Piet", "family_name": "Proef", "email": "Piet@Brug.example"}

EVERYBODY = [
    "Amrani, Fatima el",
    "Beheer, Anna",
    "Dijk, Roos van",
    "Jansen, Karim",
    "Storm, Sven",
    "Wit, Olga de",
]


@pytest.fixture
async def admin(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with web.by_cookie(web.cast.admin) as client:
        yield client


async def after(admin: httpx.AsyncClient, address: str, verb: str, **form: str) -> str:
    """The page after a button was used."""
    answer = await admin.post(f"{address}/{verb}", data=form)
    assert answer.status_code == 303, answer.text
    return (await admin.get(answer.headers["location"])).text


async def stored(web: Web, person: Person) -> User:
    async with web.units() as uow:
        return await uow.session.get_one(User, person.id)


def page_of(person: Person) -> str:
    return f"/people/{person.id}"


def code_of(page: str) -> str:
    """The code that a page shows; empty when it shows none."""
    found = re.search(r'class="secret big">([0-9A-Z-]+)<', page)
    return found[1] if found else ""


def names_of(page: str) -> list[str]:
    return re.findall(r'<a href="/people/\d+">([^<]+)</a>', page)


async def log_in(web: Web, email: str, password: str) -> int:
    async with web.anonymous() as visitor:
        return (await visitor.post("/login", data={"email": email, "password": password})).status_code


async def set_password(web: Web, email: str, code: str, password: str) -> httpx.Response:
    async with web.anonymous() as visitor:
        visitor.headers["Accept"] = "text/html"
        form = {"email": email, "code": code, "password": password}
        return await visitor.post("/password", data=form)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", EVERYBODY),
        ("?role=teacher", ["Jansen, Karim", "Wit, Olga de"]),
        ("?role=admin", ["Beheer, Anna"]),
        ("?role=boss", EVERYBODY),
        ("?q=OLGA+wit", ["Wit, Olga de"]),
        ("?q=third%40brug", ["Dijk, Roos van"]),
        ("?q=jansen&role=pupil", []),
        ("?q=%25", []),
        ("?q=_", []),
        ("?q=else", []),
    ],
)
async def test_only_people_of_the_school_are_found(
    admin: httpx.AsyncClient, query: str, names: list[str]
) -> None:
    page = (await admin.get(f"/people{query}")).text
    assert names_of(page) == names
    assert ("Niemand gevonden" in page) == (not names)


async def test_the_filter_is_kept_over_pages(web: Web, admin: httpx.AsyncClient) -> None:
    same = {"school_id": web.cast.school_id, "role": "pupil", "family_name": "Zwart", "given_name": "Zoë"}
    async with web.units() as uow:
        await uow.session.execute(insert(User), [same] * 103)
        rows = await uow.session.scalars(select(User.id).where(User.family_name == "Zwart").order_by(User.id))
        wanted = [str(one) for one in rows]
    address, seen = "/people?q=zwart&role=pupil", []
    for shown in (50, 50, 3):
        page = (await admin.get(address)).text
        found = re.findall(r'<a href="/people/(\d+)">', page)
        assert len(found) == shown
        assert 'value="zwart"' in page
        assert 'value="pupil" selected' in page
        seen += found
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert (seen, address) == (wanted, "")


@pytest.mark.parametrize("after_whom", ["999999", "x", "-1"])
async def test_a_wrong_page_address_is_refused(admin: httpx.AsyncClient, after_whom: str) -> None:
    assert (await admin.get(f"/people?after={after_whom}")).status_code == 400


async def test_a_page_cannot_begin_after_a_person_of_another_school(
    web: Web, admin: httpx.AsyncClient
) -> None:
    assert (await admin.get(f"/people?after={web.cast.stranger.id}")).status_code == 400


async def test_a_new_person_gets_a_code_and_logs_in(web: Web, admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/people", data=NEW)
    address = answer.headers["location"]
    page = (await admin.get(address)).text
    assert "De persoon is toegevoegd." in page
    assert "Nog geen wachtwoord" in page
    answer = await admin.post(f"{address}/code")
    page = (await admin.get(answer.headers["location"])).text
    code = code_of(page)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert code not in str(answer.headers)
    assert code_of((await admin.get(address)).text) == ""
    async with web.units() as uow:
        encrypted = await uow.session.scalar(select(User.code).where(User.email == "piet@brug.example"))
        assert code.encode() not in (encrypted or b"")
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    done = await set_password(web, " PIET@brug.example", typed, "een eigen wachtwoord")
    assert (done.status_code, done.headers["location"]) == (303, "/login")
    assert await log_in(web, "piet@brug.example", "een eigen wachtwoord") == 303
    assert "Heeft een wachtwoord" in (await admin.get(address)).text
    again = await set_password(web, "piet@brug.example", code, "nog een wachtwoord")
    assert again.status_code == 401, "a code works once"


async def test_a_code_ends_all_earlier_access(web: Web, admin: httpx.AsyncClient) -> None:
    owner = web.cast.owner
    code = code_of(await after(admin, page_of(owner), "code"))
    assert await log_in(web, owner.email, PASSWORD) == 401
    async with web.by_cookie(owner) as before:
        assert (await before.get("/evaluations")).status_code == 303
    assert (await set_password(web, owner.email, code, "kort")).status_code == 400
    async with web.units() as uow:
        await uow.session.execute(update(User).values(code_until=func.now()).where(User.id == owner.id))
    assert "De code is verlopen" in (await admin.get(page_of(owner))).text
    late = await set_password(web, owner.email, code, "een eigen wachtwoord")
    assert late.status_code == 401
    assert "horen niet bij elkaar" in late.text


async def test_wrong_codes_count_as_wrong_passwords(web: Web, admin: httpx.AsyncClient) -> None:
    owner = web.cast.owner
    code = code_of(await after(admin, page_of(owner), "code"))
    for number in range(10):
        wrong = await set_password(web, owner.email, f"{number:016}", "een eigen wachtwoord")
        assert wrong.status_code == 401
    stopped = await set_password(web, owner.email, code, "een eigen wachtwoord")
    assert stopped.status_code == 429
    assert "Te veel pogingen" in stopped.text


async def test_a_person_is_changed(web: Web, admin: httpx.AsyncClient) -> None:
    form = NEW | {
        "role": "admin",
        "infix": " van ",
        "number": "77",
        "aliases": "Pietje, , PP",
        "locale": "en",
    }
    page = await after(admin, page_of(web.cast.colleague), "edit", **form)
    assert "Je wijzigingen zijn opgeslagen." in page
    assert 'value="Pietje, PP"' in page
    person = await stored(web, web.cast.colleague)
    assert (person.role, person.name, person.email) == ("admin", "Piet van Proef", "piet@brug.example")
    assert (person.number, person.aliases, person.locale) == ("77", ["Pietje", "PP"], "en")
    async with web.as_user(web.cast.colleague) as colleague:
        assert (await colleague.get("/people")).status_code == 200, "the role counts at once"


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"given_name": " "}, "given_name", "Geef deze persoon een voornaam."),
        ({"given_name": "n" * 101}, "given_name", "Dit is te lang."),
        ({"infix": "n" * 31}, "infix", "Dit is te lang."),
        ({"email": "geen adres"}, "email", "Dit is geen e-mailadres."),
        ({"email": ""}, "email", "Medewerkers hebben een e-mailadres nodig"),
        ({"email": "OWNER@brug.example"}, "email", "Dit e-mailadres is al in gebruik."),
        ({"email": "stranger@elders.example"}, "email", "Dit e-mailadres is al in gebruik."),
        ({"number": "104"}, "number", "Dit nummer is al in gebruik."),
        ({"aliases": ",".join(f"a{n}" for n in range(21))}, "aliases", "Dit is te lang."),
        ({"role": "boss"}, "role", "Kies een rol."),
    ],
)
async def test_a_problem_is_shown_at_its_field_and_the_form_keeps_its_values(
    web: Web, admin: httpx.AsyncClient, wrong: dict[str, str], field: str, sentence: str
) -> None:
    async with web.units() as uow:
        numbered = User.id == web.cast.third.id
        await uow.session.execute(update(User).where(numbered).values(number="104"))
    given = NEW | {"class_name": "3H2"} | wrong
    for target in ("/people", f"{page_of(web.cast.colleague)}/edit"):
        answer = await admin.post(target, data=given)
        assert answer.status_code in {400, 409}
        problem = re.search(rf'id="{field}-error">.*?</p>', answer.text, re.DOTALL)
        assert problem
        assert sentence in problem[0]
        assert f'<a href="#{field}">' in answer.text
        assert 'value="3H2"' in answer.text
    assert (await stored(web, web.cast.colleague)).given_name == "Karim"


async def test_the_number_of_another_school_is_free(web: Web, admin: httpx.AsyncClient) -> None:
    async with web.units() as uow:
        stranger = User.id == web.cast.stranger.id
        await uow.session.execute(update(User).where(stranger).values(number="104"))
    assert (await admin.post("/people", data=NEW | {"number": "104"})).status_code == 303


async def test_administrators_cannot_lock_themselves_out(web: Web, admin: httpx.AsyncClient) -> None:
    own = page_of(web.cast.admin)
    page = (await admin.get(own)).text
    assert not re.search(rf'action="{own}/(code|block|logout-everywhere)"', page)
    assert 'type="radio" name="role"' not in page
    for verb in ("code", "block"):
        assert "Vraag een andere beheerder" in await after(admin, own, verb)
    refused = await admin.post(f"{own}/edit", data=NEW)
    assert refused.status_code == 409
    assert "Vraag een andere beheerder" in refused.text
    mine = {"role": "admin", "given_name": "Anna", "family_name": "Baas", "email": web.cast.admin.email}
    assert "Anna Baas" in await after(admin, own, "edit", **mine)
    person = await stored(web, web.cast.admin)
    assert (person.role, person.blocked_at) == ("admin", None)
    assert await log_in(web, web.cast.admin.email, PASSWORD) == 303


async def test_a_person_is_blocked_and_unblocked(web: Web, admin: httpx.AsyncClient) -> None:
    owner = web.cast.owner
    assert "Geblokkeerd sinds" in await after(admin, page_of(owner), "block")
    async with web.by_cookie(owner) as browser, web.as_user(owner) as program:
        assert (await browser.get("/evaluations")).status_code == 303
        assert (await program.get("/api/v1/me")).status_code == 401
        assert await log_in(web, owner.email, PASSWORD) == 401
        assert "Dat kon niet meer" in await after(admin, page_of(owner), "code")
        assert "Deze persoon kan er weer in." in await after(admin, page_of(owner), "unblock")
        assert await log_in(web, owner.email, PASSWORD) == 303
        assert (await program.get("/api/v1/me")).status_code == 401, "tokens were withdrawn"


async def test_a_person_is_logged_out_everywhere(web: Web, admin: httpx.AsyncClient) -> None:
    owner = web.cast.owner
    assert "Ingelogd in 1 browser." in (await admin.get(page_of(owner))).text
    page = await after(admin, page_of(owner), "logout-everywhere")
    assert "Ingelogd in 0 browsers." in page
    async with web.units() as uow:
        assert not list(
            await uow.session.scalars(select(LoginSession).where(LoginSession.user_id == owner.id))
        )
    assert await log_in(web, owner.email, PASSWORD) == 303


async def test_a_token_is_withdrawn(web: Web, admin: httpx.AsyncClient) -> None:
    owner, other = web.cast.owner, web.cast.colleague
    async with web.units() as uow:
        [token] = await uow.session.scalars(select(ApiToken.id).where(ApiToken.user_id == owner.id))
    wrong = await admin.post(f"{page_of(other)}/tokens/{token}/revoke")
    assert wrong.status_code == 404, "it is not this person's"
    page = await after(admin, page_of(owner), f"tokens/{token}/revoke")
    assert "Het token is ingetrokken" in page
    assert "Geen programma gebruikt dit account." in page
    async with web.as_user(owner) as program:
        assert (await program.get("/api/v1/me")).status_code == 401


async def test_the_audit_log_has_what_was_done_with_accounts(web: Web, admin: httpx.AsyncClient) -> None:
    for verb in ("code", "logout-everywhere", "block", "unblock"):
        await after(admin, page_of(web.cast.owner), verb)
    async with web.units() as uow:
        noted = [
            (one.actor_id, one.action, one.subject, one.detail)
            for one in await uow.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        ]
    whom = f"user:{web.cast.owner.id}"
    actions = ("person.code", "person.logged_out", "person.blocked", "person.unblocked")
    assert noted == [(web.cast.admin.id, action, whom, {}) for action in actions]
