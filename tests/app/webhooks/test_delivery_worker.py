"""Due deliveries are sent: signed, with one id, after the pauses, and past slow receivers."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook, WebhookVerificationError

from app.accounts.principal import Principal
from app.jobs import service as jobs
from app.webhooks import repository, retry_policy, service, signing
from app.webhooks.delivery_worker import LEASE, MAX_IN_FLIGHT_PER_RECEIVER, MAX_IN_FLIGHT_PER_SCHOOL
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.schemas import EndpointChange
from app.webhooks.sender import Answer
from tests.app.webhooks.conftest import Scene
from tests.support.classes import order, queue
from tests.support.eventually import eventually
from tests.support.receiver import receiving


async def cancel_jobs(scene: Scene, count: int = 1) -> None:
    """Queue and cancel `count` jobs, so that as many events happen."""
    for student in scene.some.students[:count]:
        await queue(scene.units, order(scene.some, (student,)))
    async with scene.units() as uow:
        await jobs.cancel_evaluation(uow, scene.some.school_id, scene.some.evaluation_id)


async def only(scene: Scene) -> Delivery:
    """The delivery, when there is exactly one."""
    [found] = await scene.deliveries()
    return found


async def end_pauses(scene: Scene) -> None:
    """Make every delivery due now."""
    async with scene.units() as uow:
        await uow.session.execute(update(Delivery).values(next_try_at=datetime.now(UTC) - timedelta(1)))


async def try_once(scene: Scene, answer: Answer) -> str:
    """Claim the delivery that is due, and settle it as if the receiver had answered this."""
    async with scene.units() as uow:
        claimed = await repository.claim(
            uow.session, LEASE, MAX_IN_FLIGHT_PER_SCHOOL, MAX_IN_FLIGHT_PER_RECEIVER
        )
    assert claimed is not None
    async with scene.units() as uow:
        return await retry_policy.settle(uow, claimed, answer)


async def test_while_a_secret_is_replaced_a_delivery_is_signed_with_both(scene: Scene) -> None:
    new, old = signing.new_secret(), signing.new_secret()
    endpoint = await scene.endpoint(["job.cancelled"], secret=old)
    async with scene.units() as uow:
        row = await uow.session.get_one(Endpoint, endpoint)
        row.old_secret, row.old_secret_until = row.secret, datetime.now(UTC) + timedelta(hours=1)
        other = await uow.session.get_one(Endpoint, await scene.endpoint([], secret=new))
        row.secret = other.secret
    await cancel_jobs(scene)
    async with scene.delivering():
        await eventually(lambda: scene.receiver.got)
        await eventually(lambda: _state(scene, "delivered"))
    [got] = scene.receiver.got
    for secret in (new, old):
        assert Webhook(secret).verify(got.body, got.headers)
    stored = await only(scene)
    assert got.headers["webhook-id"] == stored.id
    assert (got.json["event"], got.json["data"]["status"]) == ("job.cancelled", "cancelled")
    assert (stored.state, stored.response_code, stored.attempt) == ("delivered", 204, 1)


async def test_an_old_secret_does_not_sign_after_its_time(scene: Scene) -> None:
    new, old = signing.new_secret(), signing.new_secret()
    endpoint = await scene.endpoint(["job.cancelled"], secret=new)
    async with scene.units() as uow:
        row = await uow.session.get_one(Endpoint, endpoint)
        row.old_secret = signing.encryption(scene.settings.encryption_key).encrypt(old.encode())
        row.old_secret_until = datetime.now(UTC) - timedelta(seconds=1)
    await cancel_jobs(scene)
    async with scene.delivering():
        await eventually(lambda: _state(scene, "delivered"))
    [got] = scene.receiver.got
    assert Webhook(new).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(got.body, got.headers)


async def test_a_test_event_is_sent_stored_and_sent_again_under_its_id(scene: Scene) -> None:
    """The log shows each answer of the receiver."""
    secret = signing.new_secret()
    endpoint = await scene.endpoint([], secret=secret)
    admin = Principal(1, scene.some.school_id, "admin", "Anna", "nl")
    scene.receiver.following.append("410")
    scene.receiver.following.append("500")
    async with scene.units() as uow:
        delivery_id = (await service.test(uow, admin, endpoint)).id
    async with scene.delivering():
        await eventually(lambda: _state(scene, "failed"))
        assert (await only(scene)).response_code == 410
        await _switch_on(scene, admin, endpoint)
        async with scene.units() as uow:
            await service.redeliver(uow, admin, delivery_id)
        await eventually(lambda: _settled(scene, 1))
        stored = await only(scene)
        assert (stored.state, stored.response_code, stored.response_body) == ("pending", 500, "Oops")
        await end_pauses(scene)
        await eventually(lambda: _state(scene, "delivered"))
        async with scene.units() as uow:
            past = datetime.now(UTC) - timedelta(days=1)
            assert await service.redeliver_since(uow, admin, endpoint, past) == 1
        await eventually(lambda: len(scene.receiver.got) == 4)
    assert scene.receiver.ids == [delivery_id] * 4
    assert all(Webhook(secret).verify(one.body, one.headers) for one in scene.receiver.got)
    assert scene.receiver.got[0].json["event"] == "test"


async def _switch_on(scene: Scene, admin: Principal, endpoint: int) -> None:
    """As an administrator does."""
    async with scene.units() as uow:
        await service.change(uow, admin, scene.settings, endpoint, EndpointChange(enabled=True))


async def _state(scene: Scene, state: str) -> bool:
    return all(one.state == state for one in await scene.deliveries())


async def test_a_delivery_is_given_up_after_eight_tries_with_growing_pauses(scene: Scene) -> None:
    await scene.endpoint(["job.cancelled"])
    await cancel_jobs(scene)
    pauses = []
    for _ in retry_policy.RETRY_PAUSES:
        before = datetime.now(UTC)
        assert await try_once(scene, Answer(500, "Oops")) == "retry"
        pauses.append(round(((await only(scene)).next_try_at - before).total_seconds()))
        await end_pauses(scene)
    assert pauses == [5, 300, 1800, 7200, 18000, 36000, 36000]
    assert await try_once(scene, Answer(error="timeout")) == "failed"
    stored = await only(scene)
    assert (stored.state, stored.attempt, stored.error) == ("failed", 8, "timeout")


async def test_every_try_has_the_same_id_and_bytes(scene: Scene) -> None:
    await scene.endpoint(["job.cancelled"])
    scene.receiver.following.extend(["500", "broken", "redirect"])
    await cancel_jobs(scene)
    async with scene.delivering():
        for tries in (1, 2, 3, 4):
            await eventually(lambda tries=tries: _settled(scene, tries))  # type: ignore[misc]
            await end_pauses(scene)
    assert len(scene.receiver.ids) == 4
    assert len(set(scene.receiver.ids)) == 1
    assert len({one.body for one in scene.receiver.got}) == 1
    assert (await only(scene)).state == "delivered"


async def _settled(scene: Scene, tries: int) -> bool:
    stored = await only(scene)
    return stored.attempt == tries and stored.lease_token is None


async def test_410_disables_a_receiver_at_once(scene: Scene) -> None:
    endpoint = await scene.endpoint(["job.cancelled"])
    await cancel_jobs(scene, 2)
    assert await try_once(scene, Answer(410, "")) == "gone"
    found = await scene.get_endpoint(endpoint)
    assert (found.enabled, found.disabled_reason) == (False, "gone")
    assert [one.state for one in await scene.deliveries()] == ["failed", "failed"]
    await cancel_jobs(scene)
    assert len(await scene.deliveries()) == 2, "a disabled receiver gets no deliveries"


@pytest.mark.parametrize(("age", "enabled"), [(4, True), (6, False)])
async def test_five_days_of_failures_disable_a_receiver(scene: Scene, age: int, enabled: bool) -> None:
    endpoint = await scene.endpoint(["job.cancelled"])
    await cancel_jobs(scene)
    async with scene.units() as uow:
        since = datetime.now(UTC) - timedelta(days=age)
        await uow.session.execute(update(Endpoint).values(failing_since=since))
    await try_once(scene, Answer(500, ""))
    found = await scene.get_endpoint(endpoint)
    assert (found.enabled, found.disabled_reason) == (enabled, None if enabled else "failing")


async def test_a_success_ends_the_time_of_failures(scene: Scene) -> None:
    endpoint = await scene.endpoint(["job.cancelled"])
    await cancel_jobs(scene)
    await try_once(scene, Answer(500, ""))
    assert (await scene.get_endpoint(endpoint)).failing_since is not None
    await end_pauses(scene)
    await try_once(scene, Answer(200, ""))
    assert (await scene.get_endpoint(endpoint)).failing_since is None


async def test_a_try_that_lost_its_lease_changes_nothing(scene: Scene) -> None:
    await scene.endpoint(["job.cancelled"])
    await cancel_jobs(scene)
    async with scene.units() as uow:
        slow = await repository.claim(
            uow.session, timedelta(seconds=-1), MAX_IN_FLIGHT_PER_SCHOOL, MAX_IN_FLIGHT_PER_RECEIVER
        )
    assert slow is not None
    assert await try_once(scene, Answer(200, "")) == "delivered"
    async with scene.units() as uow:
        assert await retry_policy.settle(uow, slow, Answer(410, "")) == "lost"
    assert (await only(scene)).state == "delivered"


async def test_of_eight_claims_at_once_one_gets_the_delivery(scene: Scene) -> None:
    await scene.endpoint(["job.cancelled"])
    await cancel_jobs(scene)

    async def claim() -> Delivery | None:
        async with scene.units() as uow:
            return await repository.claim(
                uow.session, LEASE, MAX_IN_FLIGHT_PER_SCHOOL, MAX_IN_FLIGHT_PER_RECEIVER
            )

    assert sum(one is not None for one in await asyncio.gather(*(claim() for _ in range(8)))) == 1


async def test_a_stopped_worker_gives_its_deliveries_back(scene: Scene) -> None:
    await scene.endpoint(["job.cancelled"])
    scene.receiver.behaviour = "slow"
    await cancel_jobs(scene)
    async with scene.delivering():
        await eventually(lambda: scene.receiver.open == 1)
    stored = await only(scene)
    assert (stored.state, stored.attempt, stored.lease_token) == ("pending", 0, None)


async def test_a_slow_receiver_does_not_delay_another(scene: Scene) -> None:
    async with receiving("slow") as slow:
        allowed = (*scene.settings.allowed_hosts, f"127.0.0.1:{slow.port}")
        object.__setattr__(scene.settings, "allowed_hosts", allowed)
        await scene.endpoint(["job.cancelled"], url=slow.url)
        for _ in range(3):
            await cancel_jobs(scene, 3)
        await scene.endpoint(["job.cancelled"])
        await cancel_jobs(scene)
        async with scene.delivering():
            await eventually(lambda: len(scene.receiver.got) == 1)
            assert slow.open == MAX_IN_FLIGHT_PER_RECEIVER


async def test_a_secret_that_cannot_be_decrypted_is_an_error_and_nothing_is_sent(scene: Scene) -> None:
    endpoint = await scene.endpoint(["job.cancelled"])
    async with scene.units() as uow:
        (await uow.session.get_one(Endpoint, endpoint)).secret = b"encrypted with another key"
    await cancel_jobs(scene)
    async with scene.delivering():
        await eventually(lambda: _settled(scene, 1))
    assert (await only(scene)).error == "secret_lost"
    assert scene.receiver.connections == 0
