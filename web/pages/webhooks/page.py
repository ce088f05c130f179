"""The pages of webhooks: what they show, read for one administrator."""

import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.paging import encode_cursor
from app.settings import WebhookSettings
from app.webhooks import service
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.retry_policy import FAILING_LIMIT
from web.pages.webhooks import form as webhook_form
from web.pages.webhooks.view import (
    DeliveryItem,
    SentPage,
    SinceForm,
    WebhookForm,
    WebhookItem,
    WebhookPage,
    WebhooksPage,
)

LOGGED = 20
"""Deliveries on one page of the log."""


async def index(session: AsyncSession, user: Principal, settings: WebhookSettings) -> WebhooksPage:
    """The receivers of the person's school; there are ten at the most."""
    found = await service.visible(session, user)
    items = []
    for one in found:
        latest = await service.deliveries(session, user, one.id, 1, None)
        items.append(_item(one, latest[0] if latest else None))
    secret = service.url_secret(settings, user.school_id)
    return WebhooksPage(tuple(items), secret, len(found) >= service.MAX_ENDPOINTS)


async def load(session: AsyncSession, user: Principal, endpoint: Endpoint, cursor: str | None) -> WebhookPage:
    """The page of a receiver. Raises BadInput for a cursor not ours."""
    found = await service.deliveries(session, user, endpoint.id, LOGGED + 1, cursor)
    log = found[:LOGGED]
    more = len(found) > LOGGED
    return WebhookPage(
        item=_item(endpoint, None),
        log=tuple(_logged(one) for one in log),
        following=encode_cursor(log[-1].created_at, log[-1].id) if more else None,
        later=cursor is not None,
    )


async def again(
    session: AsyncSession,
    user: Principal,
    endpoint_id: int,
    form: WebhookForm | None = None,
    since: SinceForm | None = None,
) -> dict[str, object]:
    """What the page is drawn with once more, because one of its forms was refused. Raises NotFound."""
    endpoint = await service.managed(session, user, endpoint_id)
    view = await load(session, user, endpoint, None)
    filled = form or webhook_form.filled(endpoint)
    return {"view": view, "form": filled, "since": since or SinceForm(), "secret": ""}


def sent(endpoint: Endpoint, delivery: Delivery) -> SentPage:
    """The page of a delivery. Summaries are for those whom they are about and their teachers: not shown."""
    body = dict(delivery.body)
    data = dict(body.get("data", {}))
    text = data.pop("result", None) is not None
    return SentPage(
        webhook=_item(endpoint, None),
        item=_logged(delivery),
        url=endpoint.url if delivery.state == "pending" else delivery.url,
        body=json.dumps(body | {"data": data}, indent=2, ensure_ascii=False),
        text_left_out=text,
        job_id=delivery.job_id,
        response_body=delivery.response_body,
    )


def _item(endpoint: Endpoint, latest: Delivery | None) -> WebhookItem:
    until = endpoint.old_secret_until
    failing = endpoint.failing_since if endpoint.enabled else None
    return WebhookItem(
        id=endpoint.id,
        url=endpoint.url,
        host=urlsplit(endpoint.url).netloc,
        events=tuple(endpoint.events),
        reason=endpoint.disabled_reason,
        failing_since=failing,
        off_at=failing + FAILING_LIMIT if failing else None,
        two_secrets_until=until if until is not None and until > datetime.now(UTC) else None,
        latest=_logged(latest) if latest is not None else None,
    )


def _logged(delivery: Delivery) -> DeliveryItem:
    waits, held_until = delivery.state == "pending", delivery.lease_until
    return DeliveryItem(
        id=delivery.id,
        event=delivery.event,
        state=delivery.state,
        attempt=delivery.attempt,
        created_at=delivery.created_at,
        sending=held_until is not None and held_until > datetime.now(UTC),
        next_try_at=delivery.next_try_at if waits else None,
        delivered_at=delivery.delivered_at,
        response_code=delivery.response_code,
        error=delivery.error,
    )
