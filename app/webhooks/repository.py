"""SQL of receivers and deliveries."""

import uuid
from collections.abc import Collection, Sequence
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
    """An endpoint, as far as what it wants to be told goes."""

    id: int
    school_id: int
    url: str
    events: list[str]


async def receivers(session: AsyncSession, school_ids: Collection[int]) -> list[Receiver]:
    """The endpoints of these schools that are switched on."""
    rows = await plain_rows(session, _RECEIVERS, {"schools": list(school_ids)})
    return [Receiver(*row) for row in rows]


def has_receivers(school_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether `receivers` would find any of a school, for a statement about something of that school."""
    switched_on = select(Endpoint.id).where(Endpoint.school_id == school_id, Endpoint.enabled)
    return switched_on.correlate_except(Endpoint).exists()


async def add_deliveries(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write deliveries down; one event of a job is there once for each receiver, whoever writes it."""
    await session.execute(insert(Delivery).on_conflict_do_nothing(), list(rows))


async def claim(
    session: AsyncSession, lease: timedelta, per_school: int, per_receiver: int
) -> Delivery | None:
    """Take the delivery that has been due longest and that nobody is at, or None.

    Those of a school or a receiver that keeps that many busy already are passed over. Two claims at once
    may each count without the other; one delivery too many does no harm.
    """
    statement = text(
        """
        UPDATE webhook_delivery
        SET attempt = attempt + 1, lease_token = :token, lease_until = now() + CAST(:lease AS interval)
        WHERE id = (
            SELECT id FROM webhook_delivery AS due
            WHERE state = 'pending' AND next_try_at <= now() AND (lease_until IS NULL OR lease_until < now())
              AND (SELECT count(*) FROM webhook_delivery AS held
                   WHERE lease_token IS NOT NULL AND held.lease_until > now()
                     AND held.school_id = due.school_id) < :per_school
              AND (SELECT count(*) FROM webhook_delivery AS held
                   WHERE lease_token IS NOT NULL AND held.lease_until > now()
                     AND held.school_id = due.school_id
                     AND held.endpoint_id IS NOT DISTINCT FROM due.endpoint_id) < :per_receiver
            ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
          AND state = 'pending'
        RETURNING *
        """
    )
    bound = {"token": uuid.uuid4(), "lease": lease, "per_school": per_school, "per_receiver": per_receiver}
    found = await session.scalars(select(Delivery).from_statement(statement), bound)
    return found.first()


async def settle(session: AsyncSession, delivery_id: str, token: uuid.UUID, values: dict[str, Any]) -> bool:
    """Write down what came of a try, for whoever holds its lease only; False when it was lost."""
    held = (Delivery.id == delivery_id, Delivery.lease_token == token, Delivery.state == "pending")
    free = {"lease_token": None, "lease_until": None}
    statement = update(Delivery).where(*held).values(values | free).returning(Delivery.id)
    return await session.scalar(statement) is not None


async def endpoint_succeeded(session: AsyncSession, endpoint_id: int) -> None:
    """The failures before do not count any more."""
    await session.execute(
        update(Endpoint)
        .where(Endpoint.id == endpoint_id, Endpoint.failing_since.is_not(None))
        .values(failing_since=None)
    )


async def endpoint_failed(session: AsyncSession, endpoint_id: int, limit: timedelta) -> bool:
    """Note a failure; True when there has been nothing else for longer than `limit`."""
    since = func.coalesce(Endpoint.failing_since, func.now())
    statement = (
        update(Endpoint)
        .where(Endpoint.id == endpoint_id)
        .values(failing_since=since)
        .returning(Endpoint.failing_since < func.now() - limit)
    )
    return bool(await session.scalar(statement))


async def disable(session: AsyncSession, endpoint_id: int, reason: str) -> bool:
    """Switch a receiver off and give up what is on its way to it; False when it was off already."""
    statement = (
        update(Endpoint)
        .where(Endpoint.id == endpoint_id, Endpoint.enabled)
        .values(enabled=False, disabled_reason=reason)
        .returning(Endpoint.id)
    )
    if await session.scalar(statement) is None:
        return False
    waits = (Delivery.endpoint_id == endpoint_id, Delivery.state == "pending")
    given_up = {"state": "failed", "error": "disabled", "lease_token": None, "lease_until": None}
    await session.execute(update(Delivery).where(*waits).values(given_up))
    return True


async def endpoints(session: AsyncSession, school_id: int) -> list[Endpoint]:
    """All receivers of a school, the oldest first."""
    statement = select(Endpoint).where(Endpoint.school_id == school_id)
    return list(await session.scalars(statement.order_by(Endpoint.id)))


async def endpoint(session: AsyncSession, school_id: int, endpoint_id: int) -> Endpoint | None:
    """A receiver of this school, locked, so that changes do not cross."""
    condition = (Endpoint.id == endpoint_id, Endpoint.school_id == school_id)
    return await session.scalar(select(Endpoint).where(*condition).with_for_update())


async def remove_endpoint(session: AsyncSession, endpoint_id: int) -> None:
    """Delete a receiver with its deliveries."""
    await session.execute(delete(Endpoint).where(Endpoint.id == endpoint_id))


async def delivery(session: AsyncSession, school_id: int, delivery_id: str) -> Delivery | None:
    """A delivery of this school."""
    return await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.school_id == school_id)
    )


async def deliveries(
    session: AsyncSession, endpoint_id: int, limit: int, after: tuple[datetime, str] | None
) -> list[Delivery]:
    """What was sent to a receiver, newest first, those that follow `after`."""
    statement = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if after is not None:
        statement = statement.where(tuple_(Delivery.created_at, Delivery.id) < after)
    statement = statement.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)
    return list(await session.scalars(statement))


async def send_again(session: AsyncSession, *condition: Any) -> list[str]:
    """Put deliveries that have ended back in line, with all their tries; returns their ids."""
    values = {
        "state": "pending",
        "attempt": 0,
        "next_try_at": func.now(),
        "delivered_at": None,
        "error": None,
    }
    statement = update(Delivery).where(*condition, Delivery.state != "pending").values(values)
    return list(await session.scalars(statement.returning(Delivery.id)))


async def delivered(session: AsyncSession, job_ids: Sequence[str]) -> set[str]:
    """Of these jobs those whose own address has been told."""
    statement = select(Delivery.job_id).where(
        Delivery.job_id.in_(job_ids), Delivery.endpoint_id.is_(None), Delivery.state == "delivered"
    )
    return {found for found in await session.scalars(statement) if found is not None}


async def forget(session: AsyncSession, days: int, limit: int) -> None:
    """Delete deliveries that are older, up to `limit` of them."""
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
"""Built once, for it is asked at the end of every job."""
