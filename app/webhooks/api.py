"""HTTP API of webhooks: receivers and their deliveries."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork
from app.settings import Settings
from app.webhooks import service
from app.webhooks.presenters import delivery_out, delivery_page, endpoint_out
from app.webhooks.schemas import (
    DeliveryOut,
    DeliveryPage,
    EndpointBody,
    EndpointChange,
    EndpointList,
    EndpointOut,
    Redelivered,
    SinceBody,
)

Limit = Annotated[int, Parameter(ge=1, le=200, description="How many deliveries at most.")]


class WebhooksApi(Controller):
    """Programs of the school that get a message when a job ends, signed as Standard Webhooks defines."""

    path = "/api/v1/feedback-summaries/webhooks"
    tags = ("Webhooks",)
    guards = (requires("admin"),)

    @get("/")
    async def list_all(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
    ) -> EndpointList:
        """The school's receivers, and the secret that signs for a `webhook_url` of a job."""
        found = await service.visible(uow.session, user)
        secret = service.url_secret(settings.webhooks, user.school_id)
        return EndpointList([endpoint_out(one) for one in found], secret)

    @post("/", status_code=201)
    async def create(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        data: JSONBody[EndpointBody],
    ) -> EndpointOut:
        """Add a receiver. Only this answer holds its secret."""
        return endpoint_out(*await service.create(uow, user, settings.webhooks, data))

    @patch("/{endpoint_id:int}")
    async def change(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        endpoint_id: FromPath[int],
        data: JSONBody[EndpointChange],
    ) -> EndpointOut:
        """Change a receiver, or disable or enable it."""
        return endpoint_out(await service.change(uow, user, settings.webhooks, endpoint_id, data))

    @delete("/{endpoint_id:int}")
    async def remove(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], endpoint_id: FromPath[int]
    ) -> None:
        """Delete a receiver with its deliveries."""
        await service.remove(uow, user, endpoint_id)

    @post("/{endpoint_id:int}/test", status_code=202)
    async def test(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], endpoint_id: FromPath[int]
    ) -> DeliveryOut:
        """Send a test event to a receiver."""
        return delivery_out(await service.test(uow, user, endpoint_id))

    @post("/{endpoint_id:int}/rotate", status_code=200)
    async def rotate(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        endpoint_id: FromPath[int],
    ) -> EndpointOut:
        """Give a receiver a new secret. For a day the old one signs too."""
        return endpoint_out(*await service.rotate(uow, user, settings.webhooks, endpoint_id))

    @get("/{endpoint_id:int}/deliveries")
    async def deliveries(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        endpoint_id: FromPath[int],
        limit: Limit = 50,
        cursor: FromQuery[str | None] = None,
    ) -> DeliveryPage:
        """The deliveries of a receiver, newest first, each with the beginning of the answer."""
        found = await service.deliveries(uow.session, user, endpoint_id, limit + 1, cursor)
        return delivery_page(found, limit)

    @post("/{endpoint_id:int}/redeliver", status_code=202)
    async def redeliver_since(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        endpoint_id: FromPath[int],
        data: JSONBody[SinceBody],
    ) -> Redelivered:
        """Send every delivery since a time again, each under its own id."""
        return Redelivered(await service.redeliver_since(uow, user, endpoint_id, data.since))

    @post("/deliveries/{delivery_id:str}/redeliver", status_code=202)
    async def redeliver(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], delivery_id: FromPath[str]
    ) -> DeliveryOut:
        """Send one delivery again, under its own id."""
        return delivery_out(await service.redeliver(uow, user, delivery_id))
