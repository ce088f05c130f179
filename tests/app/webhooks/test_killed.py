"""Real worker processes send what is due; a kill at the worst moment repeats it with the same id."""

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
async def far(environ: dict[str, str]) -> AsyncIterator[tuple[Scene, dict[str, str]]]:
    """A scene without a pump, and the environment of workers that may reach its receiver."""
    async with receiving() as receiver:
        complete = environ | {
            "WEBHOOK_ALLOWED_HOSTS": f"127.0.0.1:{receiver.port}",
            "JOB_SWEEP_SECONDS": "0.3",
        }
        settings = load(complete)
        async with open_units(settings) as units:
            yield Scene(settings.webhooks, units, await make_class(units, "a", 3), receiver), complete


async def one_event(scene: Scene) -> None:
    """A job is cancelled, and the school wants to know."""
    sealed = signing.encryption(scene.settings.encryption_key).encrypt(signing.new_secret().encode())
    values = {"school_id": scene.some.school_id, "url": scene.receiver.url, "secret": sealed}
    async with scene.units() as uow:
        await uow.session.execute(insert(Endpoint).values(values | {"events": ["job.cancelled"]}))
    await queue(scene.units, order(scene.some, scene.some.students[:1]))
    async with scene.units() as uow:
        await jobs.cancel_evaluation(uow, scene.some.school_id, scene.some.evaluation_id)


async def _delivered(scene: Scene) -> bool:
    return [one.state for one in await scene.deliveries()] == ["delivered"]


async def test_a_worker_sends_what_is_due(far: tuple[Scene, dict[str, str]]) -> None:
    scene, environ = far
    async with running_worker(environ):
        await one_event(scene)
        await eventually(lambda: _delivered(scene))
    assert len(scene.receiver.got) == 1


async def test_a_kill_between_the_answer_and_our_commit_repeats_with_the_same_id(
    far: tuple[Scene, dict[str, str]],
) -> None:
    """1. It is received, not yet answered. 2. Its row is locked. 3. It is answered; the worker waits for the
    row. 4. The worker is killed. 5. Another one finds the lease run out.
    """
    scene, environ = far
    scene.receiver.following.append("slow")
    await one_event(scene)
    async with running_worker(environ) as worker:
        await eventually(lambda: scene.receiver.got)
        async with scene.units() as holder:
            await holder.session.execute(select(Delivery.id).with_for_update())
            scene.receiver.go.set()
            await eventually(lambda: _somebody_waits_for_a_row(scene))
            worker.kill_child()
            await worker.ended()
    assert not await _delivered(scene), "the answer was given, and we know nothing of it"
    async with scene.units() as uow:
        past = func.now() - timedelta(seconds=1)
        await uow.session.execute(update(Delivery).values(lease_until=past))
    async with running_worker(environ):
        await eventually(lambda: _delivered(scene))
    assert len(scene.receiver.ids) == 2
    assert len(set(scene.receiver.ids)) == 1


async def _somebody_waits_for_a_row(scene: Scene) -> bool:
    async with scene.units() as uow:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(await uow.session.scalar(waiting))
