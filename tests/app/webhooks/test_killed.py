"""Real worker processes send deliveries; a kill at the worst moment repeats one with the same id."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text, update

from app.jobs import service as jobs
from app.settings import load
from app.webhooks import signing
from app.webhooks.models import Delivery, Endpoint
from tests.app.webhooks.conftest import Scene
from tests.support.classes import make_class, order, queue
from tests.support.eventually import eventually
from tests.support.receiver import receiving
from tests.support.web import open_units
from tests.support.worker_process import running_worker


@pytest.fixture
async def worker_scene(environ: dict[str, str]) -> AsyncIterator[tuple[Scene, dict[str, str]]]:
    """A scene without a delivery worker, and the environment of processes that may reach its receiver."""
    async with receiving() as receiver:
        complete = environ | {
            "WEBHOOK_ALLOWED_HOSTS": f"127.0.0.1:{receiver.port}",
            "JOB_SWEEP_SECONDS": "0.3",
        }
        settings = load(complete)
        async with open_units(settings) as units:
            yield Scene(settings.webhooks, units, await make_class(units, "a", 3), receiver), complete


async def one_event(scene: Scene) -> None:
    """Add an endpoint for cancelled jobs, and cancel a job."""
    encrypted = signing.encryption(scene.settings.encryption_key).encrypt(signing.new_secret().encode())
    values = {"school_id": scene.some.school_id, "url": scene.receiver.url, "secret": encrypted}
    async with scene.units() as uow:
        await uow.session.execute(insert(Endpoint).values(values | {"events": ["job.cancelled"]}))
    await queue(scene.units, order(scene.some, scene.some.students[:1]))
    async with scene.units() as uow:
        await jobs.cancel_evaluation(uow, scene.some.school_id, scene.some.evaluation_id)


async def _delivered(scene: Scene) -> bool:
    return [one.state for one in await scene.deliveries()] == ["delivered"]


async def test_a_worker_sends_a_due_delivery(worker_scene: tuple[Scene, dict[str, str]]) -> None:
    scene, environ = worker_scene
    async with running_worker(environ):
        await one_event(scene)
        await eventually(lambda: _delivered(scene))
    assert len(scene.receiver.got) == 1


async def test_a_kill_between_the_answer_and_our_commit_repeats_with_the_same_id(
    worker_scene: tuple[Scene, dict[str, str]],
) -> None:
    """1. The receiver has the message and has not answered. 2. The delivery's row is locked. 3. The receiver
    answers; the worker waits for the row. 4. The worker is killed. 5. Another worker finds an expired lease.
    """
    scene, environ = worker_scene
    scene.receiver.following.append("slow")
    await one_event(scene)
    async with running_worker(environ) as worker:
        await eventually(lambda: scene.receiver.got)
        async with scene.units() as holder:
            await holder.session.execute(select(Delivery.id).with_for_update())
            scene.receiver.go.set()
            await eventually(lambda: _a_session_waits_for_a_row(scene))
            worker.kill_child()
            await worker.ended()
    assert not await _delivered(scene), "the receiver answered, and nothing of it is stored"
    async with scene.units() as uow:
        past = func.now() - timedelta(seconds=1)
        await uow.session.execute(update(Delivery).values(lease_until=past))
    async with running_worker(environ):
        await eventually(lambda: _delivered(scene))
    assert len(scene.receiver.ids) == 2
    assert len(set(scene.receiver.ids)) == 1


async def _a_session_waits_for_a_row(scene: Scene) -> bool:
    async with scene.units() as uow:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(await uow.session.scalar(waiting))
