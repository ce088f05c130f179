"""What the HTTP API takes and answers about webhooks."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.webhooks.outbox import EventName

Url = Annotated[str, Meta(max_length=2000, description="https:// or http://, port 443 or 80, a public host.")]
Events = Annotated[list[EventName], Meta(min_length=1, max_length=4, description="The events that it gets.")]


class EndpointBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new receiver."""

    url: Url
    events: Events


class EndpointChange(msgspec.Struct, forbid_unknown_fields=True):
    """A field that is left out stays as it is. Enabling a receiver clears its failures."""

    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class SinceBody(msgspec.Struct, forbid_unknown_fields=True):
    """Deliveries that were created at or after `since`, which has a time zone."""

    since: Annotated[datetime, Meta(tz=True)]


class EndpointOut(msgspec.Struct, omit_defaults=True):
    """A receiver. Only the answer that makes a secret holds `secret`. `disabled_reason` is a sentence."""

    id: int
    url: str
    events: list[str]
    enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    secret: str | None = None


class EndpointList(msgspec.Struct):
    """The receivers of a school. `webhook_url_secret` signs for addresses that are given with a job."""

    webhooks: list[EndpointOut]
    webhook_url_secret: str


class DeliveryOut(msgspec.Struct):
    """An event for a receiver. `id` is the `webhook-id` of every try. `state`: pending, delivered, failed."""

    id: str
    url: str
    event: str
    body: dict[str, Any]
    state: str
    attempt: int
    next_try_at: datetime | None
    response_code: int | None
    response_body: str | None
    error: str | None
    created_at: datetime
    delivered_at: datetime | None


class DeliveryPage(msgspec.Struct):
    """Deliveries of a receiver, newest first. `next_cursor` is null on the last page."""

    deliveries: list[DeliveryOut]
    next_cursor: str | None


class Redelivered(msgspec.Struct):
    """How many deliveries are pending again."""

    count: int
