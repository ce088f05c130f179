"""Decisions about receivers: which a school may have, their secrets, and what is sent to them again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.address_guard import TargetRefused, parse
from app.core.errors import BadInput, Conflict, NotFound
from app.core.ids import ulid
from app.core.logs import current_request_id
from app.core.paging import decode_cursor
from app.core.unit_of_work import UnitOfWork
from app.settings import WebhookSettings
from app.tasks import webhooks_wait
from app.webhooks import outbox, repository, signing
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.schemas import EndpointBody, EndpointChange

MOST_ENDPOINTS = 10
FORGET_LIMIT = 1000
BOTH_VALID = timedelta(hours=24)
"""A replaced secret goes on signing for so long, so that receivers can change over in their own time."""


def check_url(url: str, allowed_hosts: Sequence[str], field: str = "url") -> None:
    """Refuse what the spelling tells; names are resolved when something is sent. Raises BadInput."""
    try:
        parse(url, allowed_hosts)
    except TargetRefused as fault:
        raise BadInput(str(fault), field=field, code=fault.code) from fault


async def visible(session: AsyncSession, user: Principal) -> list[Endpoint]:
    """The receivers of the person's school."""
    return await repository.endpoints(session, user.school_id)


async def managed(session: AsyncSession, user: Principal, endpoint_id: int) -> Endpoint:
    """A receiver of the person's school, locked. Raises NotFound."""
    found = await repository.endpoint(session, user.school_id, endpoint_id)
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


async def create(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, body: EndpointBody
) -> tuple[Endpoint, str]:
    """Add a receiver; returns it with its secret, which is told this once. Raises BadInput, Conflict."""
    check_url(body.url, settings.allowed_hosts)
    if len(await repository.endpoints(uow.session, user.school_id)) >= MOST_ENDPOINTS:
        raise Conflict(f"A school may have {MOST_ENDPOINTS} webhooks; delete one first.", code="too_many")
    secret = signing.new_secret()
    made = Endpoint(
        school_id=user.school_id,
        url=body.url,
        events=_events(body.events),
        secret=signing.encryption(settings.encryption_key).encrypt(secret.encode()),
    )
    uow.session.add(made)
    await uow.session.flush()
    await uow.session.refresh(made)
    return made, secret


async def change(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, endpoint_id: int, body: EndpointChange
) -> Endpoint:
    """Change what is given. Switched off: what is on its way is given up. Raises BadInput, NotFound."""
    found = await managed(uow.session, user, endpoint_id)
    if body.url is not msgspec.UNSET:
        check_url(body.url, settings.allowed_hosts)
        found.url = body.url
    if body.events is not msgspec.UNSET:
        found.events = _events(body.events)
    if body.enabled is True and not found.enabled:
        found.enabled, found.disabled_reason, found.failing_since = True, None, None
    await uow.session.flush()
    if body.enabled is False:
        await repository.disable(uow.session, endpoint_id, "by_hand")
    await uow.session.refresh(found)
    return found


async def remove(uow: UnitOfWork, user: Principal, endpoint_id: int) -> None:
    """Delete a receiver with everything that was sent to it. Raises NotFound."""
    await managed(uow.session, user, endpoint_id)
    await repository.remove_endpoint(uow.session, endpoint_id)


async def rotate(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, endpoint_id: int
) -> tuple[Endpoint, str]:
    """Give it a new secret; the one before signs too for BOTH_VALID. Raises NotFound."""
    found = await managed(uow.session, user, endpoint_id)
    secret = signing.new_secret()
    found.old_secret, found.old_secret_until = found.secret, datetime.now(UTC) + BOTH_VALID
    found.secret = signing.encryption(settings.encryption_key).encrypt(secret.encode())
    await uow.session.flush()
    return found, secret


async def test(uow: UnitOfWork, user: Principal, endpoint_id: int) -> Delivery:
    """Send a test event. Raises NotFound, Conflict."""
    found = await managed(uow.session, user, endpoint_id)
    _must_be_enabled(found)
    made = Delivery(
        id=f"msg_{ulid()}",
        school_id=found.school_id,
        endpoint_id=found.id,
        url=found.url,
        event=outbox.TEST_EVENT,
        request_id=current_request_id(),
        body=outbox.body(outbox.TEST_EVENT, datetime.now(UTC), {}),
    )
    uow.session.add(made)
    await uow.session.flush()
    await uow.session.refresh(made)
    uow.wake(webhooks_wait())
    return made


async def deliveries(
    session: AsyncSession, user: Principal, endpoint_id: int, limit: int, cursor: str | None
) -> list[Delivery]:
    """What was sent to a receiver, newest first. Raises NotFound, BadInput."""
    await managed(session, user, endpoint_id)
    return await repository.deliveries(session, endpoint_id, limit, decode_cursor(cursor) if cursor else None)


async def sent(session: AsyncSession, user: Principal, endpoint_id: int, delivery_id: str) -> Delivery:
    """One delivery to this receiver. Raises NotFound."""
    found = await repository.delivery(session, user.school_id, delivery_id)
    if found is None or found.endpoint_id != endpoint_id:
        raise NotFound("There is no such delivery.")
    return found


async def redeliver(uow: UnitOfWork, user: Principal, delivery_id: str) -> Delivery:
    """Send one again, under the same id, whatever came of it. Raises NotFound, Conflict."""
    found = await repository.delivery(uow.session, user.school_id, delivery_id)
    if found is None:
        raise NotFound("There is no such delivery.")
    if found.endpoint_id is not None:
        _must_be_enabled(await managed(uow.session, user, found.endpoint_id))
    if not await repository.send_again(uow.session, Delivery.id == delivery_id):
        raise Conflict("This delivery is on its way already.", code="pending")
    await uow.session.refresh(found)
    uow.wake(webhooks_wait())
    return found


async def redeliver_since(uow: UnitOfWork, user: Principal, endpoint_id: int, since: datetime) -> int:
    """Send everything since a moment again; returns how many. Raises NotFound, Conflict."""
    _must_be_enabled(await managed(uow.session, user, endpoint_id))
    moved = await repository.send_again(
        uow.session, Delivery.endpoint_id == endpoint_id, Delivery.created_at >= since
    )
    if moved:
        uow.wake(webhooks_wait())
    return len(moved)


async def delivered(session: AsyncSession, job_ids: Sequence[str]) -> set[str]:
    """Of these jobs those whose own address has accepted."""
    return await repository.delivered(session, job_ids)


def url_secret(settings: WebhookSettings, school_id: int) -> str:
    """What signs for the addresses that a school's people give with a job."""
    return signing.derived_secret(settings.encryption_key, f"school {school_id}")


async def forget_old(uow: UnitOfWork, days: int) -> None:
    """Delete deliveries that are older; they may hold a summary's text."""
    await repository.forget(uow.session, days, FORGET_LIMIT)


def _events(chosen: Sequence[str]) -> list[str]:
    return [event for event in outbox.EVENTS if event in chosen]


def _must_be_enabled(endpoint: Endpoint) -> None:
    if not endpoint.enabled:
        raise Conflict("This webhook is switched off; switch it on first.", code="disabled")
