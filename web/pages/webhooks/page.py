"""Loads the pages of webhooks."""

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
    DeliveryPage,
    SinceForm,
    WebhookForm,
    WebhookItem,
    WebhookPage,
    WebhooksPage,
)

DELIVERIES_PER_PAGE = 20


async def load_webhooks(session: AsyncSession, user: Principal, settings: WebhookSettings) -> WebhooksPage:
    """The webhooks of the administrator's school."""
    found = await service.visible(session, user)
    items = []
    for one in found:
        latest = await service.deliveries(session, user, one.id, 1, None)
        items.append(_item(one, latest[0] if latest else None))
    secret = service.url_secret(settings, user.school_id)
    return WebhooksPage(tuple(items), secret, len(found) >= service.MAX_ENDPOINTS)


async def load_webhook(
    session: AsyncSession, user: Principal, endpoint: Endpoint, cursor: str | None
) -> WebhookPage:
    """The page of a webhook. Raises BadInput for a cursor that is not ours."""
    found = await service.deliveries(session, user, endpoint.id, DELIVERIES_PER_PAGE + 1, cursor)
    shown = found[:DELIVERIES_PER_PAGE]
    more = len(found) > DELIVERIES_PER_PAGE
    return WebhookPage(
        item=_item(endpoint, None),
        deliveries=tuple(_delivery(one) for one in shown),
        following=encode_cursor(shown[-1].created_at, shown[-1].id) if more else None,
        first=cursor is None,
    )


async def context_after_refusal(
    session: AsyncSession,
    user: Principal,
    endpoint_id: int,
    form: WebhookForm | None = None,
    since: SinceForm | None = None,
) -> dict[str, object]:
    """The context of a webhook's page when one of its two forms was refused. Raises NotFound."""
    endpoint = await service.managed(session, user, endpoint_id)
    view = await load_webhook(session, user, endpoint, None)
    shown = form or webhook_form.for_endpoint(endpoint)
    return {"view": view, "form": shown, "since": since or SinceForm(), "secret": ""}


def delivery_page(endpoint: Endpoint, delivery: Delivery) -> DeliveryPage:
    """The page of a delivery, without the text of a summary, which administrators may not read."""
    body = dict(delivery.body)
    data = dict(body.get("data", {}))
    had_text = data.pop("result", None) is not None
    return DeliveryPage(
        webhook=_item(endpoint, None),
        item=_delivery(delivery),
        url=endpoint.url if delivery.state == "pending" else delivery.url,
        body=json.dumps(body | {"data": data}, indent=2, ensure_ascii=False),
        text_left_out=had_text,
        job_id=delivery.job_id,
        response_body=delivery.response_body,
    )


def _item(endpoint: Endpoint, latest: Delivery | None) -> WebhookItem:
    old_secret_until = endpoint.old_secret_until
    failing_since = endpoint.failing_since if endpoint.enabled else None
    return WebhookItem(
        id=endpoint.id,
        url=endpoint.url,
        host=urlsplit(endpoint.url).netloc,
        events=tuple(endpoint.events),
        reason=endpoint.disabled_reason,
        failing_since=failing_since,
        off_at=failing_since + FAILING_LIMIT if failing_since else None,
        two_secrets_until=old_secret_until if _is_future(old_secret_until) else None,
        latest=_delivery(latest) if latest is not None else None,
    )


def _delivery(delivery: Delivery) -> DeliveryItem:
    return DeliveryItem(
        id=delivery.id,
        event=delivery.event,
        state=delivery.state,
        attempt=delivery.attempt,
        created_at=delivery.created_at,
        sending=_is_future(delivery.lease_until),
        next_try_at=delivery.next_try_at if delivery.state == "pending" else None,
        delivered_at=delivery.delivered_at,
        response_code=delivery.response_code,
        error=delivery.error,
    )


def _is_future(time: datetime | None) -> bool:
    return time is not None and time > datetime.now(UTC)
