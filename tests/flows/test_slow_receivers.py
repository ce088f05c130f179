"""Receivers that never answer, beside a worker with one thread: summaries go on as if they were not there."""

from sqlalchemy import insert

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import service as jobs
from app.settings import load
from app.webhooks import signing
from app.webhooks.models import Endpoint
from tests.support.classes import count_states, make_class, order, queue
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.receiver import receiving
from tests.support.web import open_units
from tests.support.worker_process import running_worker

RECEIVERS = 3


async def test_slow_receivers_delay_no_summary(environ: dict[str, str]) -> None:
    """1. A class is cancelled; every receiver of the school takes its message and says nothing.
    2. Another class is written meanwhile, by the same process. 3. Still nobody has answered.
    """
    async with receiving("silent") as receiver, ModelServer() as model:
        complete = environ | {
            "WEBHOOK_ALLOWED_HOSTS": f"127.0.0.1:{receiver.port}",
            "OLLAMA_BASE_URL": model.url,
            "OLLAMA_MODEL": "scripted",
            "WORKER_THREADS": "1",
        }
        settings = load(complete)
        encrypted = signing.encryption(settings.webhooks.encryption_key).encrypt(
            signing.new_secret().encode()
        )
        async with open_units(settings) as units:
            some = await make_class(units, "a", 4)
            values = {"school_id": some.school_id, "url": receiver.url, "secret": encrypted}
            async with units() as uow:
                rows = [values | {"events": ["job.cancelled"]}] * RECEIVERS
                await uow.session.execute(insert(Endpoint), rows)
            await queue(units, order(some, some.students))
            async with units() as uow:
                await jobs.cancel_evaluation(uow, some.school_id, some.evaluation_id)
            async with running_worker(complete):
                await eventually(lambda: receiver.open == 2 * RECEIVERS)
                await queue(units, order(some, some.students))
                await eventually(lambda: _written(units, len(some.students)))
                assert receiver.open >= 1
                assert receiver.go.is_set() is False


async def _written(units: UnitOfWorkFactory, count: int) -> bool:
    return (await count_states(units)).get("completed") == count
