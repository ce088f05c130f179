"""Turns receivers and deliveries into what the API answers."""

from collections.abc import Sequence

from app.core.paging import encode_cursor
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.schemas import DeliveryOut, DeliveryPage, EndpointOut

REASONS = {
    "by_hand": "It was switched off by an administrator.",
    "gone": "The receiver answered 410: it is gone for good.",
    "failing": "There was nothing but failures for five days.",
}
"""Why a receiver is disabled, by the stored code."""


def endpoint_out(endpoint: Endpoint, secret: str | None = None) -> EndpointOut:
    """A receiver; with `secret` only when that was just made."""
    return EndpointOut(
        id=endpoint.id,
        url=endpoint.url,
        events=endpoint.events,
        enabled=endpoint.enabled,
        disabled_reason=REASONS[endpoint.disabled_reason] if endpoint.disabled_reason else None,
        failing_since=endpoint.failing_since,
        old_secret_until=endpoint.old_secret_until,
        created_at=endpoint.created_at,
        secret=secret,
    )


def delivery_out(delivery: Delivery) -> DeliveryOut:
    """A delivery. It has the time of its next try while it is pending."""
    return DeliveryOut(
        id=delivery.id,
        url=delivery.url,
        event=delivery.event,
        body=delivery.body,
        state=delivery.state,
        attempt=delivery.attempt,
        next_try_at=delivery.next_try_at if delivery.state == "pending" else None,
        response_code=delivery.response_code,
        response_body=delivery.response_body,
        error=delivery.error,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
    )


def delivery_page(found: Sequence[Delivery], limit: int) -> DeliveryPage:
    """The page of up to `limit` deliveries. `found` holds one more when another page follows."""
    shown = found[:limit]
    more = len(found) > limit
    cursor = encode_cursor(shown[-1].created_at, shown[-1].id) if more else None
    return DeliveryPage([delivery_out(one) for one in shown], cursor)
