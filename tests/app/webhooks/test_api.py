"""The HTTP API of webhooks, and the address that is given with a job."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select, update

from app.webhooks import signing
from app.webhooks.models import Delivery, Endpoint
from tests.support.web import Web

PATH = "/api/v1/feedback-summaries/webhooks"
BODY = {"url": "https://hooks.invalid/x", "events": ["job.failed", "job.completed"]}


@pytest.fixture
async def admin(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is logged in as an administrator."""
    async with web.as_user(web.cast.admin) as client:
        yield client


async def create(admin: httpx.AsyncClient) -> dict[str, object]:
    """Create a receiver, and return the answer's body."""
    answer = await admin.post(PATH, json=BODY)
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_a_secret_is_shown_once_and_stored_encrypted(web: Web, admin: httpx.AsyncClient) -> None:
    new = await create(admin)
    assert str(new["secret"]).startswith("whsec_")
    listed = (await admin.get(PATH)).json()
    assert listed["webhook_url_secret"].startswith("whsec_")
    [shown] = listed["webhooks"]
    assert "secret" not in shown
    assert shown["events"] == ["job.completed", "job.failed"]
    async with web.units() as uow:
        stored = await uow.session.get_one(Endpoint, new["id"])
        assert str(new["secret"]).encode() not in stored.secret
        assert (
            signing.encryption(web.settings.webhooks.encryption_key).decrypt(stored.secret).decode()
            == new["secret"]
        )


async def test_a_new_secret_keeps_the_old_one_valid(web: Web, admin: httpx.AsyncClient) -> None:
    new = await create(admin)
    turned = (await admin.post(f"{PATH}/{new['id']}/rotate")).json()
    assert turned["secret"] != new["secret"]
    async with web.units() as uow:
        stored = await uow.session.get_one(Endpoint, new["id"])
        assert (
            signing.encryption(web.settings.webhooks.encryption_key)
            .decrypt(stored.old_secret or b"")
            .decode()
            == new["secret"]
        )
        assert stored.old_secret_until is not None


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "ftp://hooks.invalid/"])
async def test_an_address_inside_is_refused_with_its_field(admin: httpx.AsyncClient, url: str) -> None:
    answer = await admin.post(PATH, json=BODY | {"url": url})
    assert answer.status_code == 400
    assert answer.json()["field"] == "url"
    new = await create(admin)
    assert (await admin.patch(f"{PATH}/{new['id']}", json={"url": url})).status_code == 400


@pytest.mark.parametrize("wrong", [{"events": []}, {"events": ["job.started"]}, {"extra": 1}])
async def test_a_wrong_body_is_refused(admin: httpx.AsyncClient, wrong: dict[str, object]) -> None:
    assert (await admin.post(PATH, json=BODY | wrong)).status_code == 400


async def test_a_receiver_can_be_disabled_and_enabled(web: Web, admin: httpx.AsyncClient) -> None:
    of = f"{PATH}/{(await create(admin))['id']}"
    assert (await admin.post(f"{of}/test")).status_code == 202
    off = (await admin.patch(of, json={"enabled": False})).json()
    assert (off["enabled"], off["disabled_reason"]) == (False, "It was switched off by an administrator.")
    [given_up] = (await admin.get(f"{of}/deliveries")).json()["deliveries"]
    assert (given_up["event"], given_up["state"], given_up["error"]) == ("test", "failed", "disabled")
    assert (await admin.post(f"{of}/test")).status_code == 409
    assert (await admin.post(f"{PATH}/deliveries/{given_up['id']}/redeliver")).status_code == 409
    on = (await admin.patch(of, json={"enabled": True})).json()
    assert (on["enabled"], on["disabled_reason"]) == (True, None)


async def test_one_delivery_or_all_since_a_time_can_be_sent_again(web: Web, admin: httpx.AsyncClient) -> None:
    of = f"{PATH}/{(await create(admin))['id']}"
    ids = [(await admin.post(f"{of}/test")).json()["id"] for _ in range(3)]
    again = f"{PATH}/deliveries/{ids[0]}/redeliver"
    assert (await admin.post(again)).status_code == 409, "it is pending"
    async with web.units() as uow:
        await uow.session.execute(update(Delivery).values(state="delivered", attempt=3))
    sent = (await admin.post(again)).json()
    assert (sent["id"], sent["state"], sent["attempt"]) == (ids[0], "pending", 0)
    answer = await admin.post(f"{of}/redeliver", json={"since": "2026-01-01T00:00:00Z"})
    assert answer.json() == {"count": 2}
    assert (await admin.post(f"{of}/redeliver", json={"since": "2999-01-01T00:00:00Z"})).json() == {
        "count": 0
    }
    first = (await admin.get(f"{of}/deliveries?limit=2")).json()
    rest = (await admin.get(f"{of}/deliveries?limit=2&cursor={first['next_cursor']}")).json()
    assert [one["id"] for one in [*first["deliveries"], *rest["deliveries"]]] == ids[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "2026-01-01T00:00:00"]
)
async def test_a_time_out_of_range_or_without_zone_is_refused(admin: httpx.AsyncClient, since: str) -> None:
    of = f"{PATH}/{(await create(admin))['id']}"
    assert (await admin.post(f"{of}/redeliver", json={"since": since})).status_code == 400


async def test_staff_may_give_a_public_address_with_a_job(web: Web) -> None:
    cast = web.cast
    of = f"/api/v1/feedback-summaries/evaluation/{cast.course.evaluation_id}/student/{cast.student.id}"
    async with web.as_user(cast.student) as student:
        refused = await student.post(f"{of}/queue", json={"webhook_url": "https://hooks.invalid/"})
        assert refused.status_code == 403
    async with web.as_user(cast.owner) as owner:
        inside = await owner.post(f"{of}/queue", json={"webhook_url": "http://169.254.169.254/latest"})
        assert (inside.status_code, inside.json()["field"]) == (400, "webhook_url")
        job = (await owner.post(f"{of}/queue", json={"webhook_url": "https://hooks.invalid/"})).json()
        assert job["webhook_delivered"] is False
        status = f"/api/v1/feedback-summaries/jobs/{job['job_id']}"
        assert (await owner.post(f"{status}/cancel")).json()["webhook_delivered"] is False
        async with web.units() as uow:
            [stored] = await uow.session.scalars(select(Delivery).where(Delivery.job_id == job["job_id"]))
            assert (stored.endpoint_id, stored.url) == (None, "https://hooks.invalid/")
            stored.state = "delivered"
        assert (await owner.get(f"{status}/status")).json()["webhook_delivered"] is True
        plain = (await owner.post(f"{of}/queue", json={})).json()
        assert plain["webhook_delivered"] is None
