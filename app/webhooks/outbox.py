"""Stores deliveries in the transaction in which an event happened; the delivery worker sends them later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import ulid
from app.core.unit_of_work import UnitOfWork
from app.tasks import webhooks_wait
from app.webhooks import repository
from app.webhooks.repository import Receiver

EventName = Literal["job.completed", "job.failed", "job.cancelled", "batch.completed"]
EVENTS: tuple[EventName, ...] = ("job.completed", "job.failed", "job.cancelled", "batch.completed")
"""The events that a receiver may choose. `batch.completed`: every job of an evaluation has ended."""

TEST_EVENT = "test"
"""The event of the button "send a test". A receiver need not choose it."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """An event of a school. `job_id` is the job that ended; for `batch.completed` the last job that ended.

    `data` goes to every receiver. `result` holds a summary's text and goes to the school's endpoints only.
    `webhook_url` is the address that was given with the job. `request_id` is the request that queued it.
    """

    school_id: int
    event: str
    job_id: str
    at: datetime
    data: Mapping[str, Any]
    webhook_url: str | None = None
    result: Mapping[str, Any] | None = field(default=None, repr=False)
    request_id: str | None = None


async def enabled_receivers(session: AsyncSession, school_ids: Collection[int]) -> list[Receiver]:
    """The enabled receivers of these schools, oldest first."""
    return await repository.receivers(session, school_ids)


async def record(uow: UnitOfWork, events: Sequence[WebhookEvent], receivers: Sequence[Receiver]) -> None:
    """Store a delivery for each event and each receiver that chose it, and wake the workers once for all."""
    rows: list[dict[str, Any]] = []
    for event in events:
        rows += [
            _row(event, receiver.url, event.result, receiver.id)
            for receiver in receivers
            if receiver.school_id == event.school_id and event.event in receiver.events
        ]
        if event.webhook_url is not None:
            rows.append(_row(event, event.webhook_url, None, None))
    if rows:
        await repository.add_deliveries(uow.session, rows)
        uow.wake(webhooks_wait())


def _row(
    event: WebhookEvent, url: str, result: Mapping[str, Any] | None, endpoint_id: int | None
) -> dict[str, Any]:
    return {
        "id": new_delivery_id(),
        "school_id": event.school_id,
        "endpoint_id": endpoint_id,
        "job_id": event.job_id,
        "url": url,
        "event": event.event,
        "request_id": event.request_id,
        "body": message_body(event.event, event.at, {**event.data, "result": result}),
    }


def new_delivery_id() -> str:
    """An id for a new delivery. Receivers get it as `webhook-id`."""
    return f"msg_{ulid()}"


def message_body(event: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON that is posted. `at` is when the event happened."""
    timestamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"event": event, "timestamp": timestamp, "data": dict(data)}
