"""Sends the deliveries that are due, on the event loop of a worker process, so that no thread waits for it.

A summary occupies a thread while it is written. A delivery occupies none, so a receiver that takes its full
fifteen seconds delays no summary. A school and a receiver may have a few deliveries in flight only, so slow
receivers do not delay the deliveries of other schools either.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from app.core import metrics
from app.core.db import database_is_away
from app.core.encryption import DecryptionError
from app.core.unit_of_work import UnitOfWorkFactory
from app.settings import WebhookSettings
from app.webhooks import repository, retry_policy, signing
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.sender import Answer, Sender

log = structlog.get_logger(__name__)

MAX_IN_FLIGHT = 32
MAX_IN_FLIGHT_PER_SCHOOL = 6
MAX_IN_FLIGHT_PER_RECEIVER = 2
"""Deliveries at the same time: of one process, of one school, and of one receiver in all processes."""

LEASE = timedelta(seconds=30)
"""Longer than a try may take. When its process dies, another try with the same id follows after this."""

DATABASE_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery whose lease this process owns. `endpoint` is None when the address came with the job."""

    delivery: Delivery
    endpoint: Endpoint | None


class DeliveryWorker:
    """One per worker process. A lost wake-up delays a delivery by at most `poll_seconds`."""

    def __init__(
        self, units: UnitOfWorkFactory, sender: Sender, settings: WebhookSettings, poll_seconds: float
    ) -> None:
        self._units = units
        self._sender = sender
        self._settings = settings
        self._encryption = signing.encryption(settings.encryption_key)
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look for due deliveries soon. Returns at once."""
        self._woken.set()

    async def run(self) -> None:
        """Send until cancelled.

        1. Wait for a wake-up, at most `poll_seconds`. 2. Claim and start deliveries up to MAX_IN_FLIGHT.
        When cancelled: 3. Stop the tries that run. Each gives its delivery back, and another process tries
        it at once.
        """
        try:
            while True:
                try:
                    async with asyncio.timeout(self._poll_seconds):
                        await self._woken.wait()
                except TimeoutError:
                    pass
                self._woken.clear()
                await self._start_due()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _start_due(self) -> None:
        try:
            while len(self._running) < MAX_IN_FLIGHT and (claimed := await self._claim()) is not None:
                task = asyncio.create_task(self._deliver(claimed))
                self._running.add(task)
                task.add_done_callback(self._finished)
        except Exception as error:
            if not database_is_away(error):
                raise
            log.warning("deliveries_paused", cause=type(error).__name__)
            await asyncio.sleep(DATABASE_RETRY_SECONDS)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """Log a crash, and look for more. The lease of a crashed try runs out, and it is tried again."""
        self._running.discard(task)
        self._woken.set()
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("delivery_crashed", cause=type(fault).__name__, exc_info=fault)

    async def _claim(self) -> ClaimedDelivery | None:
        async with self._units() as uow:
            delivery = await repository.claim(
                uow.session, LEASE, MAX_IN_FLIGHT_PER_SCHOOL, MAX_IN_FLIGHT_PER_RECEIVER
            )
            if delivery is None:
                return None
            return ClaimedDelivery(delivery, await repository.endpoint_of(uow.session, delivery))

    async def _deliver(self, claimed: ClaimedDelivery) -> None:
        """1. Send, while no session is open. 2. Store the outcome if the lease is still ours."""
        delivery = claimed.delivery
        structlog.contextvars.clear_contextvars()  # a task starts with a copy of its creator's
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
                await repository.release(uow.session, delivery)
            raise
        async with self._units() as uow:
            outcome = await retry_policy.settle(uow, delivery, answer)
        metrics.webhook_tries.labels(outcome).inc()
        log.info("webhook_tried", outcome=outcome, status=answer.code, error=answer.error)

    async def _try(self, claimed: ClaimedDelivery) -> Answer:
        delivery, endpoint = claimed.delivery, claimed.endpoint
        if endpoint is not None and not endpoint.enabled:
            return Answer(error="disabled")
        now = datetime.now(UTC)
        try:
            secrets = self._secrets(delivery, endpoint, now)
        except DecryptionError:
            return Answer(error="secret_lost")
        body = json.dumps(delivery.body, separators=(",", ":"), ensure_ascii=False)
        headers = signing.signed_headers(secrets, delivery.id, now, body)
        if delivery.request_id is not None:
            headers["X-Request-ID"] = delivery.request_id
        url = endpoint.url if endpoint is not None else delivery.url
        return await self._sender.send(url, headers, body.encode())

    def _secrets(self, delivery: Delivery, endpoint: Endpoint | None, now: datetime) -> list[str]:
        """The receiver's secret, then its old one while that is valid. For a job's address: the school's."""
        if endpoint is None:
            return [signing.url_secret(self._settings.encryption_key, delivery.school_id)]
        found = [self._encryption.decrypt(endpoint.secret).decode()]
        until = endpoint.old_secret_until
        if endpoint.old_secret is not None and until is not None and until > now:
            found.append(self._encryption.decrypt(endpoint.old_secret).decode())
        return found
