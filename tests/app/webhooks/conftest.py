"""A school, a receiver that listens on loopback, and a delivery worker that sends to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from app.core.unit_of_work import UnitOfWorkFactory
from app.settings import Settings, WebhookSettings
from app.webhooks import signing
from app.webhooks.delivery_worker import DeliveryWorker
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.outbox import EVENTS
from app.webhooks.sender import Sender, SystemResolver, make_transport
from tests.support.classes import SchoolClass, make_class
from tests.support.receiver import Receiver, receiving
from tests.support.web import open_units


@dataclass(frozen=True, slots=True)
class Scene:
    """A school with a class, and a receiver on loopback that the settings allow."""

    settings: WebhookSettings
    units: UnitOfWorkFactory
    some: SchoolClass
    receiver: Receiver

    async def endpoint(
        self, events: Sequence[str] = EVENTS, url: str = "", secret: str = "", school_id: int = 0
    ) -> int:
        """Add an endpoint, and return its id. By default it is the school's and leads to `receiver`."""
        encrypted = signing.encryption(self.settings.encryption_key).encrypt(
            (secret or signing.new_secret()).encode()
        )
        async with self.units() as uow:
            added = Endpoint(
                school_id=school_id or self.some.school_id,
                url=url or self.receiver.url,
                events=list(events),
                secret=encrypted,
            )
            uow.session.add(added)
            await uow.session.flush()
            return added.id

    async def deliveries(self) -> list[Delivery]:
        """All deliveries, oldest first."""
        async with self.units() as uow:
            return list(await uow.session.scalars(select(Delivery).order_by(Delivery.id)))

    async def get_endpoint(self, endpoint_id: int) -> Endpoint:
        """The endpoint as it is stored now."""
        async with self.units() as uow:
            return await uow.session.get_one(Endpoint, endpoint_id)

    @contextlib.asynccontextmanager
    async def delivering(self) -> AsyncIterator[DeliveryWorker]:
        """A delivery worker that polls every 0.05 s."""
        transport, resolver = make_transport(), SystemResolver()
        sender = Sender(self.settings.allowed_hosts, transport, resolver)
        worker = DeliveryWorker(self.units, sender, self.settings, 0.05)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await transport.aclose()
            resolver.close()


@pytest.fixture
async def scene(settings: Settings) -> AsyncIterator[Scene]:
    """A class of three, and a receiver that answers 204."""
    async with receiving() as receiver, open_units(settings) as units:
        allowed = replace(settings.webhooks, allowed_hosts=(f"127.0.0.1:{receiver.port}",))
        yield Scene(allowed, units, await make_class(units, "a", 3), receiver)
