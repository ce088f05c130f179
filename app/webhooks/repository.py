"""SQL of webhook receivers and deliveries."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    any_,
    bindparam,
    delete,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import plain_rows
from app.webhooks.models import Delivery, Endpoint


class Receiver(NamedTuple):
    """An endpoint and the events that it chose."""

    id: int
    school_id: int
    url: str
    events: list[str]


async def receivers(session: AsyncSession, school_ids: Collection[int]) -> list[Receiver]:
    """The enabled endpoints of these schools, oldest first."""
    rows = await plain_rows(session, _RECEIVERS, {"schools": list(school_ids)})
    return [Receiver(*row) for row in rows]


def has_receivers(school_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that `receivers` would find one of this school, for use in another statement."""
    enabled = select(Endpoint.id).where(Endpoint.school_id == school_id, Endpoint.enabled)
    return enabled.correlate_except(Endpoint).exists()


async def add_deliveries(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Insert deliveries. One that exists for the same job, event and receiver stays as it is."""
    await session.execute(insert(Delivery).on_conflict_do_nothing(), list(rows))


async def claim(
    session: AsyncSession, lease: timedelta, max_per_school: int, max_per_receiver: int
) -> Delivery | None:
    """Lease the delivery that has been due longest, and count the try. None when nothing can be claimed.

    Deliveries of a school or a receiver that has its maximum in flight are passed over. Two claims at the
    same moment do not see each other, so a maximum may be exceeded by one, which does no harm.
    """
    statement = text(
        """
        UPDATE webhook_delivery
        SET attempt = attempt + 1, lease_token = :token, lease_until = now() + CAST(:lease AS interval)
        WHERE id = (
            SELECT id FROM webhook_delivery AS due
            WHERE state = 'pending' AND next_try_at <= now() AND (lease_until IS NULL OR lease_until < now())
              AND (SELECT count(*) FROM webhook_delivery AS leased
                   WHERE lease_token IS NOT NULL AND leased.lease_until > now()
                     AND leased.school_id = due.school_id) < :max_per_school
              AND (SELECT count(*) FROM webhook_delivery AS leased
                   WHERE lease_token IS NOT NULL AND leased.lease_until > now()
                     AND leased.school_id = due.school_id
                     AND leased.endpoint_id IS NOT DISTINCT FROM due.endpoint_id) < :max_per_receiver
            ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
          AND state = 'pending'
        RETURNING *
        """
    )
    values = {
        "token": uuid.uuid4(),
        "lease": lease,
        "max_per_school": max_per_school,
        "max_per_receiver": max_per_receiver,
    }
    found = await session.scalars(select(Delivery).from_statement(statement), values)
    return found.first()


async def mark_delivered(session: AsyncSession, delivery: Delivery, response: Mapping[str, Any]) -> bool:
    """Store that a claimed delivery arrived. False when its lease was lost."""
    return await _end_try(session, delivery, {**response, "state": "delivered", "delivered_at": func.now()})


async def schedule_retry(
    session: AsyncSession, delivery: Delivery, response: Mapping[str, Any], pause: timedelta
) -> bool:
    """Store that a claimed delivery is tried again after `pause`. False when its lease was lost."""
    return await _end_try(session, delivery, {**response, "next_try_at": func.now() + pause})


async def mark_failed(session: AsyncSession, delivery: Delivery, response: Mapping[str, Any]) -> bool:
    """Store that a claimed delivery is given up. False when its lease was lost."""
    return await _end_try(session, delivery, {**response, "state": "failed"})


async def release(session: AsyncSession, delivery: Delivery) -> bool:
    """End a try that was stopped: it does not count, and another may follow at once. False: lease lost."""
    return await _end_try(session, delivery, {"attempt": delivery.attempt - 1})


async def _end_try(session: AsyncSession, claimed: Delivery, values: dict[str, Any]) -> bool:
    if claimed.lease_token is None:
        raise ValueError(f"Delivery {claimed.id} was not claimed.")
    statement = (
        update(Delivery)
        .where(
            Delivery.id == claimed.id,
            Delivery.lease_token == claimed.lease_token,
            Delivery.state == "pending",
        )
        .values({**values, "lease_token": None, "lease_until": None})
        .returning(Delivery.id)
    )
    return await session.scalar(statement) is not None


async def endpoint_succeeded(session: AsyncSession, endpoint_id: int) -> None:
    """End the endpoint's time of failures."""
    await session.execute(
        update(Endpoint)
        .where(Endpoint.id == endpoint_id, Endpoint.failing_since.is_not(None))
        .values(failing_since=None)
    )


async def endpoint_failed(session: AsyncSession, endpoint_id: int, limit: timedelta) -> bool:
    """Start the endpoint's time of failures unless it runs. Returns whether it is longer than `limit`."""
    since = func.coalesce(Endpoint.failing_since, func.now())
    statement = (
        update(Endpoint)
        .where(Endpoint.id == endpoint_id)
        .values(failing_since=since)
        .returning(Endpoint.failing_since < func.now() - limit)
    )
    return bool(await session.scalar(statement))


async def disable(session: AsyncSession, endpoint_id: int, reason: str) -> bool:
    """Disable an endpoint and give up its pending deliveries. False when it was disabled already."""
    statement = (
        update(Endpoint)
        .where(Endpoint.id == endpoint_id, Endpoint.enabled)
        .values(enabled=False, disabled_reason=reason)
        .returning(Endpoint.id)
    )
    if await session.scalar(statement) is None:
        return False
    pending = (Delivery.endpoint_id == endpoint_id, Delivery.state == "pending")
    given_up = {"state": "failed", "error": "disabled", "lease_token": None, "lease_until": None}
    await session.execute(update(Delivery).where(*pending).values(given_up))
    return True


async def endpoints(session: AsyncSession, school_id: int) -> list[Endpoint]:
    """All endpoints of a school, oldest first."""
    statement = select(Endpoint).where(Endpoint.school_id == school_id)
    return list(await session.scalars(statement.order_by(Endpoint.id)))


async def endpoint(session: AsyncSession, school_id: int, endpoint_id: int) -> Endpoint | None:
    """An endpoint of this school. It is locked, so that two changes follow each other."""
    condition = (Endpoint.id == endpoint_id, Endpoint.school_id == school_id)
    return await session.scalar(select(Endpoint).where(*condition).with_for_update())


async def endpoint_of(session: AsyncSession, delivery: Delivery) -> Endpoint | None:
    """The endpoint of a delivery; None when its address came with the job."""
    return None if delivery.endpoint_id is None else await session.get(Endpoint, delivery.endpoint_id)


async def remove_endpoint(session: AsyncSession, endpoint_id: int) -> None:
    """Delete an endpoint with its deliveries."""
    await session.execute(delete(Endpoint).where(Endpoint.id == endpoint_id))


async def delivery(session: AsyncSession, school_id: int, delivery_id: str) -> Delivery | None:
    """A delivery of this school."""
    return await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.school_id == school_id)
    )


async def deliveries(
    session: AsyncSession, endpoint_id: int, limit: int, after: tuple[datetime, str] | None
) -> list[Delivery]:
    """At most `limit` deliveries of an endpoint, newest first: those that follow the row `after`."""
    statement = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if after is not None:
        statement = statement.where(tuple_(Delivery.created_at, Delivery.id) < after)
    statement = statement.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)
    return list(await session.scalars(statement))


async def requeue(session: AsyncSession, delivery_id: str) -> bool:
    """Make an ended delivery pending again, with all its tries. False when it is pending already."""
    return await _requeue(session, Delivery.id == delivery_id) == 1


async def requeue_since(session: AsyncSession, endpoint_id: int, since: datetime) -> int:
    """As `requeue`, for all deliveries of an endpoint that were created at or after `since`. How many."""
    return await _requeue(session, Delivery.endpoint_id == endpoint_id, Delivery.created_at >= since)


async def _requeue(session: AsyncSession, *condition: ColumnElement[bool]) -> int:
    values = {
        "state": "pending",
        "attempt": 0,
        "next_try_at": func.now(),
        "delivered_at": None,
        "error": None,
    }
    statement = update(Delivery).where(*condition, Delivery.state != "pending").values(values)
    return len((await session.scalars(statement.returning(Delivery.id))).all())


async def delivered(session: AsyncSession, job_ids: Sequence[str]) -> set[str]:
    """Those of these jobs of which the job's own address has accepted a delivery."""
    statement = select(Delivery.job_id).where(
        Delivery.job_id.in_(job_ids), Delivery.endpoint_id.is_(None), Delivery.state == "delivered"
    )
    return {found for found in await session.scalars(statement) if found is not None}


async def delete_old(session: AsyncSession, days: int, limit: int) -> None:
    """Delete up to `limit` ended deliveries that are older than `days`."""
    old = (
        select(Delivery.id)
        .where(Delivery.created_at < func.now() - timedelta(days=days), Delivery.state != "pending")
        .limit(limit)
    )
    await session.execute(delete(Delivery).where(Delivery.id.in_(old)))


_RECEIVERS = (
    select(Endpoint.id, Endpoint.school_id, Endpoint.url, Endpoint.events)
    .where(Endpoint.school_id == any_(bindparam("schools", type_=ARRAY(BigInteger))), Endpoint.enabled)
    .order_by(Endpoint.id)
)
"""Built once, because it runs at the end of every job."""
