"""Writes deliveries down, in the transaction in which something happened; sending comes later."""

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
"""What a receiver may choose. `batch.completed`: no job of an evaluation waits or runs any more."""

TEST_EVENT = "test"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to be told. `job_id` is the job whose end it is, also of a batch: its last.

    `data` goes to everybody; `result`, which holds a summary's text, to the school's own endpoints only.
    `own_url` is the address that was given with the job, `request_id` that of the request that asked for it.
    """

    school_id: int
    event: str
    job_id: str
    at: datetime
    data: Mapping[str, Any]
    own_url: str | None = None
    result: Mapping[str, Any] | None = field(default=None, repr=False)
    request_id: str | None = None


async def listening(session: AsyncSession, school_ids: Collection[int]) -> list[Receiver]:
    """The receivers that want to be told something."""
    return await repository.receivers(session, school_ids)


async def record(uow: UnitOfWork, happenings: Sequence[Happening], endpoints: Sequence[Receiver]) -> None:
    """One delivery for each happening and each receiver of it, and one wake-up for all."""
    rows: list[dict[str, Any]] = []
    for one in happenings:
        rows += [
            _row(one, endpoint.url, one.result, endpoint.id)
            for endpoint in endpoints
            if endpoint.school_id == one.school_id and one.event in endpoint.events
        ]
        if one.own_url is not None:
            rows.append(_row(one, one.own_url, None, None))
    if rows:
        await repository.add_deliveries(uow.session, rows)
        uow.wake(webhooks_wait())


def _row(
    one: Happening, url: str, result: Mapping[str, Any] | None, endpoint_id: int | None
) -> dict[str, Any]:
    return {
        "id": f"msg_{ulid()}",
        "school_id": one.school_id,
        "endpoint_id": endpoint_id,
        "job_id": one.job_id,
        "url": url,
        "event": one.event,
        "request_id": one.request_id,
        "body": body(one.event, one.at, {**one.data, "result": result}),
    }


def body(event: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """What is posted."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"event": event, "timestamp": moment, "data": dict(data)}
