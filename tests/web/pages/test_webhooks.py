"""The pages of webhooks over HTTP: making, changing, switching, rotating, testing and sending again."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select, update

from app.jobs import service as jobs
from app.jobs.outbox import publish_ended
from app.webhooks import signing
from app.webhooks.models import Delivery, Endpoint
from tests.support.classes import must_claim
from tests.support.web import Web

FORM = {"url": "https://hooks.invalid/a", "job.completed": "1", "batch.completed": "1"}


@pytest.fixture
async def admin(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with web.by_cookie(web.cast.admin) as client:
        yield client


async def made(admin: httpx.AsyncClient) -> str:
    """The address of a webhook's page."""
    answer = await admin.post("/webhooks", data=FORM)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def after(admin: httpx.AsyncClient, address: str, verb: str, **form: str) -> str:
    """The page after a button was used."""
    answer = await admin.post(f"{address}/{verb}", data=form)
    assert answer.status_code == 303, answer.text
    return (await admin.get(answer.headers["location"])).text


async def stored(web: Web) -> Endpoint:
    async with web.units() as uow:
        return (await uow.session.scalars(select(Endpoint))).one()


async def deliveries(web: Web) -> list[Delivery]:
    async with web.units() as uow:
        return list(await uow.session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)))


async def set_all(web: Web, table: type[Delivery] | type[Endpoint], **values: Any) -> None:
    async with web.units() as uow:
        await uow.session.execute(update(table).values(**values))


def secret_of(page: str) -> str:
    """The secret that a page shows; empty when it shows none."""
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    return found[0] if found else ""


async def test_a_webhook_is_made_and_its_secret_shown_once(web: Web, admin: httpx.AsyncClient) -> None:
    assert "Nog geen webhooks" in (await admin.get("/webhooks")).text
    answer = await admin.post("/webhooks", data=FORM)
    address = answer.headers["location"]
    assert "whsec_" not in address + str(answer.headers)
    page = (await admin.get(address)).text
    endpoint = await stored(web)
    assert (
        secret_of(page)
        == signing.encryption(web.settings.webhooks.encryption_key).decrypt(endpoint.secret).decode()
    )
    assert endpoint.events == ["job.completed", "batch.completed"]
    assert "De webhook is gemaakt." in page
    again = (await admin.get(address)).text
    assert secret_of(again) == ""
    assert "Er is nog niets verstuurd." in again
    assert "hooks.invalid" in (await admin.get("/webhooks")).text


async def test_a_secret_is_shown_to_no_other_login(web: Web, admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/webhooks", data=FORM)
    address = answer.headers["location"]
    async with web.by_cookie(web.cast.stranger_admin) as other:
        other.cookies.set("once", admin.cookies["once"])
        assert secret_of((await other.get("/webhooks")).text) != secret_of((await admin.get(address)).text)
        assert (await other.get(address)).status_code == 404
    async with web.as_user(web.cast.admin) as program:
        program.cookies.set("once", answer.cookies["once"])
        assert secret_of((await program.get(address)).text) == ""


async def test_an_old_or_forged_cookie_shows_nothing(admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    admin.cookies.delete("once")
    admin.cookies.set("once", "gAAAAABnonsense")
    page = await admin.get(address)
    assert page.status_code == 200
    assert secret_of(page.text) == ""


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"url": "http://169.254.169.254/latest"}, "url", "De host staat in een intern netwerk"),
        ({"url": "https://redis/"}, "url", "De host staat in een intern netwerk"),
        ({"url": "https://hooks.invalid:8443/"}, "url", "Alleen de poorten 443 en 80"),
        ({"url": "https://a:b@hooks.invalid/"}, "url", "Laat gebruikersnaam en wachtwoord weg"),
        ({"url": "ftp://hooks.invalid/"}, "url", "Het adres moet beginnen met https:// of http://."),
        ({"url": ""}, "url", "Dat is geen webadres."),
        ({"url": "https://" + "a" * 3000 + ".invalid/"}, "url", "Dat is geen webadres."),
        ({"job.completed": None, "batch.completed": None}, "events", "Kies ten minste één gebeurtenis."),
    ],
)
async def test_a_problem_is_shown_at_its_field_and_the_form_keeps_its_values(
    web: Web, admin: httpx.AsyncClient, wrong: dict[str, str | None], field: str, sentence: str
) -> None:
    address = await made(admin)
    given = {name: value for name, value in (FORM | {"job.failed": "1"} | wrong).items() if value is not None}
    if field == "events":
        del given["job.failed"]
    for target in ("/webhooks", f"{address}/edit"):
        answer = await admin.post(target, data=given)
        assert answer.status_code == 400
        problem = re.search(rf'id="{field}-error">.*?</p>', answer.text, re.DOTALL)
        assert problem
        assert sentence in problem[0]
        assert f'<a href="#{field}">' in answer.text
        for name in set(given) - {"url"}:
            assert re.search(rf'name="{name}" value="1" checked', answer.text)
    assert (await stored(web)).url == FORM["url"]


async def test_the_eleventh_is_refused(web: Web, admin: httpx.AsyncClient) -> None:
    for _ in range(10):
        await made(admin)
    assert 'name="url"' not in (await admin.get("/webhooks")).text
    answer = await admin.post("/webhooks", data=FORM)
    assert answer.status_code == 409
    assert "Een school mag tien webhooks hebben." in answer.text


async def test_a_webhook_is_changed(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    page = await after(admin, address, "edit", url="https://hooks.invalid/b", **{"job.failed": "1"})
    assert "Je wijzigingen zijn opgeslagen." in page
    endpoint = await stored(web)
    assert (endpoint.url, endpoint.events) == ("https://hooks.invalid/b", ["job.failed"])


async def test_a_webhook_is_switched_off_and_on(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    await after(admin, address, "test")
    off = await after(admin, address, "off")
    assert "Uitgezet door een beheerder." in off
    assert "Het is opgegeven, want de webhook werd uitgezet." in off
    assert f'action="{address}/test"' not in off
    assert "Dat kon niet meer" in await after(admin, address, "test")
    on = await after(admin, address, "on")
    assert "De webhook staat aan." in on
    assert (await stored(web)).enabled


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("gone", "Vanzelf uitgezet: de ontvanger antwoordde 410"),
        ("failing", "Vanzelf uitgezet: vijf dagen lang mislukte alles."),
    ],
)
async def test_why_it_is_off_is_said(web: Web, admin: httpx.AsyncClient, reason: str, sentence: str) -> None:
    address = await made(admin)
    await set_all(web, Endpoint, enabled=False, disabled_reason=reason)
    for page in (address, "/webhooks"):
        assert sentence in (await admin.get(page)).text
    assert f'action="{address}/on"' in (await admin.get(address)).text


async def test_since_when_it_fails_is_said(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    since = datetime(2026, 11, 24, 12, 5, tzinfo=UTC)
    await set_all(web, Endpoint, failing_since=since)
    page = (await admin.get(address)).text
    assert re.search(r"Sinds <time[^>]*>24 nov 2026, 13:05</time> mislukt alles", page)
    assert re.search(r"uitgezet, op <time[^>]*>29 nov 2026, 13:05</time>", page)


async def test_a_new_secret_is_shown_and_both_are_explained(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    first = secret_of((await admin.get(address)).text)
    second = secret_of(await after(admin, address, "rotate"))
    assert second not in {"", first}
    assert "gelden twee geheimen" in (await admin.get(address)).text
    encryption, endpoint = signing.encryption(web.settings.webhooks.encryption_key), await stored(web)
    assert (
        encryption.decrypt(endpoint.secret).decode(),
        encryption.decrypt(endpoint.old_secret or b"").decode(),
    ) == (second, first)
    await set_all(web, Endpoint, old_secret_until=datetime.now(UTC) - timedelta(minutes=1))
    assert "gelden twee geheimen" not in (await admin.get(address)).text


async def test_a_test_appears_among_the_deliveries(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    page = await after(admin, address, "test")
    assert "Er is een test onderweg" in page
    assert "Wacht op verzending." in page
    assert "Ververs deze pagina" in page
    await set_all(web, Delivery, attempt=2, response_code=503, response_body="<b>Busy</b>")
    page = (await admin.get(address)).text
    assert "Poging 2 van 8 is mislukt. Het antwoord was 503" in page
    assert "Volgende poging: <time" in page
    [sent] = await deliveries(web)
    detail = (await admin.get(f"{address}/deliveries/{sent.id}")).text
    assert "&lt;b&gt;Busy&lt;/b&gt;" in detail
    assert sent.id in detail
    assert f"{address}/deliveries/{sent.id}/redeliver" not in detail


async def test_a_delivery_is_sent_again(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    await after(admin, address, "test")
    [sent] = await deliveries(web)
    page = f"{address}/deliveries/{sent.id}"
    assert "Dat kon niet meer" in await after(admin, page, "redeliver")
    await set_all(web, Delivery, state="failed", attempt=8, error="timeout")
    assert (
        "Opgegeven na 8 pogingen. Er kwam binnen 15 seconden geen antwoord." in (await admin.get(page)).text
    )
    assert "1 bericht is opnieuw onderweg." in await after(admin, page, "redeliver")
    [again] = await deliveries(web)
    assert (again.id, again.state, again.attempt) == (sent.id, "pending", 0)


async def test_everything_since_a_time_in_the_school_s_zone_is_sent_again(
    web: Web, admin: httpx.AsyncClient
) -> None:
    address = await made(admin)
    for _ in range(3):
        await after(admin, address, "test")
    ids = [one.id for one in await deliveries(web)]
    async with web.units() as uow:
        for hour, delivery_id in enumerate(ids, start=11):
            created_at = datetime(2026, 11, 24, hour, 30, tzinfo=UTC)
            values = {"state": "delivered", "attempt": 1, "created_at": created_at}
            await uow.session.execute(update(Delivery).where(Delivery.id == delivery_id).values(values))
    page = await after(admin, address, "redeliver", since="2026-11-24T13:00")
    assert "2 berichten zijn opnieuw onderweg." in page
    assert [one.state for one in await deliveries(web)] == ["delivered", "pending", "pending"]


@pytest.mark.parametrize(
    "since", ["", "gisteren", "0001-01-01T00:00", "2026-13-01T00:00", "2026-11-24T13:00Z x"]
)
async def test_a_wrong_time_is_refused_at_its_field(admin: httpx.AsyncClient, since: str) -> None:
    address = await made(admin)
    answer = await admin.post(f"{address}/redeliver", data={"since": since})
    assert answer.status_code == 400
    assert "Geef een dag en een tijd." in answer.text
    assert 'href="#since"' in answer.text


async def test_the_deliveries_come_in_pages(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    for _ in range(23):
        await admin.post(f"{address}/test")
    ids = [one.id for one in await deliveries(web)][::-1]
    first = (await admin.get(address)).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = (await admin.get(following[1])).text
    shown = [re.findall(r"deliveries/(msg_\w+)", page) for page in (first, second)]
    assert shown == [ids[:20], ids[20:]]
    assert "Naar de nieuwste" in second
    assert (await admin.get(f"{address}?cursor={quote('!')}")).status_code == 400


async def test_the_text_of_a_summary_is_sent_and_not_shown(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    course, student = web.cast.course.evaluation_id, web.cast.student
    async with web.by_cookie(student) as client:
        await client.post(f"/evaluations/{course}/students/{student.id}/queue")
    _, lease = await must_claim(web.units)
    document = {"summary_text": "Je was op tijd."}
    async with web.units() as uow:
        completion = await jobs.complete_unpublished(uow, lease)
        assert completion is not None
        await publish_ended(uow, [completion.job], document)
    [sent] = [one for one in await deliveries(web) if one.event == "job.completed"]
    assert sent.body["data"]["result"] == document
    page = (await admin.get(f"{address}/deliveries/{sent.id}")).text
    assert "Je was op tijd." not in page
    assert "De tekst van de samenvatting is meegestuurd" in page
    assert f"/jobs/{sent.job_id}" in page


async def test_a_webhook_is_deleted_with_its_deliveries(web: Web, admin: httpx.AsyncClient) -> None:
    address = await made(admin)
    await after(admin, address, "test")
    assert "De webhook is verwijderd." in await after(admin, address, "delete")
    assert (await admin.get(address)).status_code == 404
    assert await deliveries(web) == []
