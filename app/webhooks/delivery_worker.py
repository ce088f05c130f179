"""Sends what is due, from the event loop of a worker process: however slow receivers are, no thread waits.

A summary holds a thread while it is written. A delivery holds none, so receivers that take their fifteen
seconds each delay no summary; and as each school and each receiver has a few places only, they delay no
other school's deliveries either.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.core import metrics
from app.core.db import database_is_away
from app.core.encryption import DecryptionError
from app.core.unit_of_work import UnitOfWorkFactory
from app.settings import WebhookSettings
from app.webhooks import repository, retry_policy, signing
from app.webhooks.deliver import Answer, Sender
from app.webhooks.models import Delivery, Endpoint

log = structlog.get_logger(__name__)

PLACES = 32
PER_SCHOOL = 6
PER_RECEIVER = 2
LEASE = timedelta(seconds=30)
"""Longer than a try may take. A try whose process died is repeated after this, with the same id."""

PAUSE_AFTER_ERROR = 1.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to try, and its receiver unless the address came with the job."""

    delivery: Delivery
    endpoint: Endpoint | None


class DeliveryPump:
    """One per worker process. `look_every` in seconds: a lost wake-up delays by no more than that."""

    def __init__(
        self, units: UnitOfWorkFactory, sender: Sender, settings: WebhookSettings, look_every: float
    ) -> None:
        self._units = units
        self._sender = sender
        self._settings = settings
        self._encryption = signing.encryption(settings.encryption_key)
        self._look_every = look_every
        self._woken = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something is due. Costs nothing and waits for nothing."""
        self._woken.set()

    async def run(self) -> None:
        """1. Wait for a wake-up or a while. 2. Fill the free places. Until cancelled; then 3. stop what runs.

        What 3 stops is given back, so that another process tries it at once.
        """
        try:
            while True:
                try:
                    async with asyncio.timeout(self._look_every):
                        await self._woken.wait()
                except TimeoutError:
                    pass
                self._woken.clear()
                await self._fill()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _fill(self) -> None:
        try:
            while len(self._running) < PLACES and (claimed := await self._claim()) is not None:
                task = asyncio.create_task(self._carry(claimed))
                self._running.add(task)
                task.add_done_callback(self._done)
        except Exception as error:
            if not database_is_away(error):
                raise
            log.warning("deliveries_paused", cause=type(error).__name__)
            await asyncio.sleep(PAUSE_AFTER_ERROR)

    def _done(self, task: asyncio.Task[None]) -> None:
        """A place is free. What went wrong is said here; its lease runs out and it is tried again."""
        self._running.discard(task)
        self._woken.set()
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("delivery_crashed", cause=type(fault).__name__, exc_info=fault)

    async def _claim(self) -> Claimed | None:
        async with self._units() as uow:
            delivery = await repository.claim(uow.session, LEASE, PER_SCHOOL, PER_RECEIVER)
            if delivery is None:
                return None
            endpoint = None
            if delivery.endpoint_id is not None:
                endpoint = await uow.session.get(Endpoint, delivery.endpoint_id)
            return Claimed(delivery, endpoint)

    async def _carry(self, claimed: Claimed) -> None:
        """1. Send, with no session open. 2. Write down what came of it, if the lease still holds."""
        delivery = claimed.delivery
        structlog.contextvars.clear_contextvars()  # this task began with a copy of whatever was bound
        structlog.contextvars.bind_contextvars(
            delivery_id=delivery.id,
            job_id=delivery.job_id,
            school_id=delivery.school_id,
            attempt=delivery.attempt,
            request_id=delivery.request_id,
        )
        try:
            answer = await self._try(claimed)
        except asyncio.CancelledError:
            async with self._units() as uow:
                await retry_policy.give_back(uow, delivery)
            raise
        async with self._units() as uow:
            outcome = await retry_policy.settle(uow, delivery, answer)
        metrics.webhook_tries.labels(outcome).inc()
        log.info("webhook_tried", outcome=outcome, status=answer.code, error=answer.error)

    async def _try(self, claimed: Claimed) -> Answer:
        delivery, endpoint = claimed.delivery, claimed.endpoint
        if endpoint is not None and not endpoint.enabled:
            return Answer(error="disabled")
        try:
            secrets = self._secrets(delivery, endpoint)
        except DecryptionError:
            return Answer(error="secret_lost")
        raw = json.dumps(delivery.body, separators=(",", ":"), ensure_ascii=False).encode()
        moment = int(time.time())
        headers = signing.headers(secrets, delivery.id, moment, raw)
        if delivery.request_id is not None:
            headers["X-Request-ID"] = delivery.request_id
        return await self._sender.send(endpoint.url if endpoint else delivery.url, headers, raw)

    def _secrets(self, delivery: Delivery, endpoint: Endpoint | None) -> list[str]:
        """The receiver's own, the one before while that is valid; for a job's address the school's."""
        if endpoint is None:
            return [signing.derived_secret(self._settings.encryption_key, f"school {delivery.school_id}")]
        found = [self._encryption.decrypt(endpoint.secret).decode()]
        until = endpoint.old_secret_until
        if endpoint.old_secret is not None and until is not None and until.timestamp() > time.time():
            found.append(self._encryption.decrypt(endpoint.old_secret).decode())
        return found
