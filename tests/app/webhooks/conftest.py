"""A school with a receiver that is really listening, and a pump that sends to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from app.core.unit_of_work import UnitOfWorkFactory
from app.settings import Settings, WebhookSettings
from app.webhooks import signing
from app.webhooks.deliver import Sender, SystemResolver, make_transport
from app.webhooks.delivery_worker import DeliveryPump
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.outbox import EVENTS
from tests.support.classes import SchoolClass, make_class
from tests.support.receiver import Receiver, receiving
from tests.support.web import open_units


@dataclass(frozen=True, slots=True)
class Scene:
    """What the tests of deliveries stand on."""

    settings: WebhookSettings
    units: UnitOfWorkFactory
    some: SchoolClass
    receiver: Receiver

    async def endpoint(
        self, events: Sequence[str] = EVENTS, url: str = "", secret: str = "", school_id: int = 0
    ) -> int:
        """A receiver of the school."""
        sealed = signing.encryption(self.settings.encryption_key).encrypt(
            (secret or signing.new_secret()).encode()
        )
        async with self.units() as uow:
            made = Endpoint(
                school_id=school_id or self.some.school_id,
                url=url or self.receiver.url,
                events=list(events),
                secret=sealed,
            )
            uow.session.add(made)
            await uow.session.flush()
            return made.id

    async def deliveries(self) -> list[Delivery]:
        """All of them, in the order in which they were made."""
        async with self.units() as uow:
            return list(await uow.session.scalars(select(Delivery).order_by(Delivery.id)))

    async def get_endpoint(self, endpoint_id: int) -> Endpoint:
        """As it is now."""
        async with self.units() as uow:
            return await uow.session.get_one(Endpoint, endpoint_id)

    @contextlib.asynccontextmanager
    async def pumping(self) -> AsyncIterator[DeliveryPump]:
        """A pump that looks often."""
        transport, resolver = make_transport(), SystemResolver()
        sender = Sender(self.settings.allowed_hosts, transport, resolver)
        pump = DeliveryPump(self.units, sender, self.settings, 0.05)
        task = asyncio.create_task(pump.run())
        try:
            yield pump
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await transport.aclose()
            resolver.close()


@pytest.fixture
async def scene(settings: Settings) -> AsyncIterator[Scene]:
    """A class of three, and a receiver that answers well."""
    async with receiving() as receiver, open_units(settings) as units:
        allowed = replace(settings.webhooks, allowed_hosts=(f"127.0.0.1:{receiver.port}",))
        yield Scene(allowed, units, await make_class(units, "a", 3), receiver)
