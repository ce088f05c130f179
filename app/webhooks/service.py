"""Decisions about webhook receivers: which a school may have, their secrets, and sending again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.audit.actions import Action
from app.audit.service import note
from app.core.address_guard import AddressRefused, parse
from app.core.errors import BadInput, Conflict, NotFound
from app.core.logs import current_request_id
from app.core.paging import decode_cursor
from app.core.unit_of_work import UnitOfWork
from app.settings import WebhookSettings
from app.tasks import webhooks_wait
from app.webhooks import outbox, repository, signing
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.schemas import EndpointBody, EndpointChange

MAX_ENDPOINTS = 10
"""Of one school."""

OLD_SECRET_VALIDITY = timedelta(hours=24)
"""How long a replaced secret still signs. Receivers change over within this time."""

DELETE_BATCH_SIZE = 1000
"""Rows that one run of the upkeep deletes at most."""


def check_url(url: str, allowed_hosts: Sequence[str], field: str = "url") -> None:
    """Check the form of an address; its host is resolved and checked when something is sent.

    Raises BadInput, which names `field`.
    """
    try:
        parse(url, allowed_hosts)
    except AddressRefused as fault:
        raise BadInput(str(fault), field=field, code=fault.code) from fault


async def visible(session: AsyncSession, user: Principal) -> list[Endpoint]:
    """The receivers of the user's school, oldest first."""
    return await repository.endpoints(session, user.school_id)


async def managed(session: AsyncSession, user: Principal, endpoint_id: int) -> Endpoint:
    """A receiver of the user's school, locked. Raises NotFound."""
    found = await repository.endpoint(session, user.school_id, endpoint_id)
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


async def create(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, body: EndpointBody
) -> tuple[Endpoint, str]:
    """Add a receiver. Returns it with its secret, which cannot be read later. Raises BadInput, Conflict."""
    check_url(body.url, settings.allowed_hosts)
    if len(await repository.endpoints(uow.session, user.school_id)) >= MAX_ENDPOINTS:
        raise Conflict(f"A school may have {MAX_ENDPOINTS} webhooks; delete one first.", code="too_many")
    secret = signing.new_secret()
    endpoint = Endpoint(
        school_id=user.school_id,
        url=body.url,
        events=_events(body.events),
        secret=signing.encryption(settings.encryption_key).encrypt(secret.encode()),
    )
    uow.session.add(endpoint)
    await uow.session.flush()
    await uow.session.refresh(endpoint)
    note(uow, user, Action.WEBHOOK_CREATED, ("webhook", endpoint.id))
    return endpoint, secret


async def change(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, endpoint_id: int, body: EndpointChange
) -> Endpoint:
    """Change the fields that `body` has. Raises BadInput, NotFound.

    Disabling a receiver gives up its pending deliveries; enabling it clears its failures.
    """
    endpoint = await managed(uow.session, user, endpoint_id)
    if body.url is not msgspec.UNSET:
        check_url(body.url, settings.allowed_hosts)
        endpoint.url = body.url
    if body.events is not msgspec.UNSET:
        endpoint.events = _events(body.events)
    if body.enabled is True and not endpoint.enabled:
        endpoint.enabled, endpoint.disabled_reason, endpoint.failing_since = True, None, None
    await uow.session.flush()
    if body.enabled is False:
        await repository.disable(uow.session, endpoint_id, "by_hand")
    await uow.session.refresh(endpoint)
    fields = [name for name in body.__struct_fields__ if getattr(body, name) is not msgspec.UNSET]
    note(uow, user, Action.WEBHOOK_CHANGED, ("webhook", endpoint_id), fields=fields)
    return endpoint


async def remove(uow: UnitOfWork, user: Principal, endpoint_id: int) -> None:
    """Delete a receiver with its deliveries. Raises NotFound."""
    await managed(uow.session, user, endpoint_id)
    await repository.remove_endpoint(uow.session, endpoint_id)
    note(uow, user, Action.WEBHOOK_DELETED, ("webhook", endpoint_id))


async def rotate(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, endpoint_id: int
) -> tuple[Endpoint, str]:
    """Give a receiver a new secret, and return both. The old one signs too for OLD_SECRET_VALIDITY.

    Raises NotFound.
    """
    endpoint = await managed(uow.session, user, endpoint_id)
    secret = signing.new_secret()
    endpoint.old_secret = endpoint.secret
    endpoint.old_secret_until = datetime.now(UTC) + OLD_SECRET_VALIDITY
    endpoint.secret = signing.encryption(settings.encryption_key).encrypt(secret.encode())
    await uow.session.flush()
    note(uow, user, Action.WEBHOOK_SECRET_ROTATED, ("webhook", endpoint_id))
    return endpoint, secret


async def test(uow: UnitOfWork, user: Principal, endpoint_id: int) -> Delivery:
    """Send a test event. Raises NotFound, Conflict when the receiver is disabled."""
    endpoint = await managed(uow.session, user, endpoint_id)
    _require_enabled(endpoint)
    delivery = Delivery(
        id=outbox.new_delivery_id(),
        school_id=endpoint.school_id,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        event=outbox.TEST_EVENT,
        request_id=current_request_id(),
        body=outbox.message_body(outbox.TEST_EVENT, datetime.now(UTC), {}),
    )
    uow.session.add(delivery)
    await uow.session.flush()
    await uow.session.refresh(delivery)
    note(uow, user, Action.WEBHOOK_TESTED, ("webhook", endpoint_id))
    uow.wake(webhooks_wait())
    return delivery


async def deliveries(
    session: AsyncSession, user: Principal, endpoint_id: int, limit: int, cursor: str | None
) -> list[Delivery]:
    """At most `limit` deliveries of a receiver, newest first. Raises NotFound, BadInput for a bad cursor."""
    await managed(session, user, endpoint_id)
    return await repository.deliveries(session, endpoint_id, limit, decode_cursor(cursor) if cursor else None)


async def sent(session: AsyncSession, user: Principal, endpoint_id: int, delivery_id: str) -> Delivery:
    """One delivery of this receiver. Raises NotFound."""
    delivery = await repository.delivery(session, user.school_id, delivery_id)
    if delivery is None or delivery.endpoint_id != endpoint_id:
        raise NotFound("There is no such delivery.")
    return delivery


async def redeliver(uow: UnitOfWork, user: Principal, delivery_id: str) -> Delivery:
    """Send an ended delivery again, under the same id. Raises NotFound, Conflict."""
    delivery = await repository.delivery(uow.session, user.school_id, delivery_id)
    if delivery is None:
        raise NotFound("There is no such delivery.")
    if delivery.endpoint_id is not None:
        _require_enabled(await managed(uow.session, user, delivery.endpoint_id))
    if not await repository.requeue(uow.session, delivery_id):
        raise Conflict("This delivery is on its way already.", code="pending")
    note(uow, user, Action.WEBHOOK_RESENT, ("delivery", delivery_id))
    await uow.session.refresh(delivery)
    uow.wake(webhooks_wait())
    return delivery


async def redeliver_since(uow: UnitOfWork, user: Principal, endpoint_id: int, since: datetime) -> int:
    """Send every ended delivery that was created at or after `since` again, and return how many.

    Raises NotFound, Conflict when the receiver is disabled.
    """
    _require_enabled(await managed(uow.session, user, endpoint_id))
    count = await repository.requeue_since(uow.session, endpoint_id, since)
    note(uow, user, Action.WEBHOOK_RESENT, ("webhook", endpoint_id), deliveries=count)
    if count:
        uow.wake(webhooks_wait())
    return count


async def delivered(session: AsyncSession, job_ids: Sequence[str]) -> set[str]:
    """Those of these jobs of which the job's own address has accepted a delivery."""
    return await repository.delivered(session, job_ids)


def url_secret(settings: WebhookSettings, school_id: int) -> str:
    """The secret that signs for the addresses that people of a school give with a job."""
    return signing.url_secret(settings.encryption_key, school_id)


async def delete_old(uow: UnitOfWork, days: int) -> None:
    """Delete deliveries older than `days`, up to FORGET_BATCH_SIZE. They may hold a summary's text."""
    await repository.delete_old(uow.session, days, DELETE_BATCH_SIZE)


def _events(chosen: Sequence[str]) -> list[str]:
    return [event for event in outbox.EVENTS if event in chosen]


def _require_enabled(endpoint: Endpoint) -> None:
    if not endpoint.enabled:
        raise Conflict("This webhook is switched off; switch it on first.", code="disabled")
