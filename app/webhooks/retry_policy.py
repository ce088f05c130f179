"""What follows from a try: delivered, tried again later, given up, or the receiver switched off."""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import func

from app.core.unit_of_work import UnitOfWork
from app.webhooks import repository
from app.webhooks.deliver import Answer
from app.webhooks.models import Delivery

log = structlog.get_logger(__name__)

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Between the tries, as Standard Webhooks proposes them; after the last the delivery is given up."""

TRIES = len(PAUSES) + 1

FAILING_LIMIT = timedelta(days=5)
GONE = 410
FINAL = ("disabled",)
"""Errors that no further try can mend."""


async def settle(uow: UnitOfWork, delivery: Delivery, answer: Answer) -> str:
    """Write it down, if this try's lease still holds; returns delivered, retry, failed, gone or lost.

    1. The delivery. No row moved: somebody else is at it, and nothing is changed. 2. The receiver.
    """
    if delivery.lease_token is None:
        raise ValueError("This delivery was not claimed.")
    outcome = _outcome(delivery, answer)
    values = _values(outcome, delivery, answer)
    if not await repository.settle(uow.session, delivery.id, delivery.lease_token, values):
        return "lost"
    if delivery.endpoint_id is not None and answer.error not in FINAL:
        await _judge(uow, delivery.endpoint_id, outcome)
    return outcome


async def give_back(uow: UnitOfWork, delivery: Delivery) -> None:
    """This process stops: the try does not count, and another process may begin one at once."""
    if delivery.lease_token is not None:
        values = {"attempt": delivery.attempt - 1}
        await repository.settle(uow.session, delivery.id, delivery.lease_token, values)


def _outcome(delivery: Delivery, answer: Answer) -> str:
    if answer.accepted:
        return "delivered"
    if answer.code == GONE:
        return "gone"
    if answer.error in FINAL or delivery.attempt >= TRIES:
        return "failed"
    return "retry"


def _values(outcome: str, delivery: Delivery, answer: Answer) -> dict[str, Any]:
    values: dict[str, Any] = {
        "response_code": answer.code,
        "response_body": answer.body,
        "error": answer.error,
    }
    if outcome == "delivered":
        return values | {"state": "delivered", "delivered_at": func.now()}
    if outcome == "retry":
        return values | {"next_try_at": func.now() + PAUSES[delivery.attempt - 1]}
    return values | {"state": "failed"}


async def _judge(uow: UnitOfWork, endpoint_id: int, outcome: str) -> None:
    if outcome == "delivered":
        await repository.endpoint_succeeded(uow.session, endpoint_id)
        return
    failing = await repository.endpoint_failed(uow.session, endpoint_id, FAILING_LIMIT)
    reason = "gone" if outcome == "gone" else "failing" if failing else None
    if reason is not None and await repository.disable(uow.session, endpoint_id, reason):
        log.warning("webhook_disabled", endpoint_id=endpoint_id, reason=reason)
